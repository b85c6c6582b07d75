-- Whoever left a cart is written to about the cart, not about what they looked at; who bought lately is no lapsed customer.
select
    first.customer_key,
    first.audience,
    second.audience as other_audience
from {{ ref('act_audience_member') }} as first
inner join {{ ref('act_audience_member') }} as second on first.customer_key = second.customer_key
where (first.audience = 'viewed_not_bought' and second.audience = 'abandoned_cart')
    or (first.audience = 'post_purchase' and second.audience = 'lapsed_valuable' and first.last_order_at > {{ as_of_end() }} - interval '30 days')
