{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What the buyer of each order was charged by our own lines, tests and voided orders included: goods, shipping and tax
-- without gift cards, and these apart. Held against the totals of the source's own answer.
with lines as (
    select
        order_id,
        sum(net_amount) filter (where not is_gift_card) as goods_amount,
        sum(net_amount) filter (where is_gift_card) as gift_card_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as priced
    group by order_id
)

select
    orders.order_id,
    orders.store_id,
    orders.customer_key,
    orders.source,
    orders.business_date,
    orders.iana_timezone,
    orders.is_test,
    orders.is_voided,
    orders.is_sale,
    orders.paid_at,
    orders.cancelled_at,
    coalesce(lines.goods_amount, 0)
        + coalesce(orders.shipping_net_amount, 0)
        + coalesce(orders.total_tax_amount, 0) as charged_amount,
    coalesce(lines.gift_card_amount, 0) as gift_card_amount
from {{ of_touched(ref('int_orders__totalled'), 'orders') }} as orders
left join lines on lines.order_id = orders.order_id
