-- In the reporting currency too, an order is its lines less its refunds, each converted once; and what its refunds are worth
-- more or less than at the order's own rate is its gain or loss.
with lines as (
    select
        order_id,
        {{ whole_sum_or_zero('net_reporting_amount') }} as net_amount
    from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
    where is_sale_line
    group by order_id
),

refunds as (
    select
        order_id,
        {{ whole_sum_or_zero('reporting_amount') }} as amount,
        {{ whole_sum_or_zero('order_rate_reporting_amount') }} as order_rate_amount
    from {{ of_touched(ref('fct_refund_lines'), 'orders') }} as fct_refund_lines
    where is_sale_line and kind <> 'adjustment'
    group by order_id
)

select orders.order_id, orders.net_sales_reporting_amount, lines.net_amount, refunds.amount
from {{ of_touched(ref('fct_orders'), 'orders') }} as orders
left join lines on lines.order_id = orders.order_id
left join refunds on refunds.order_id = orders.order_id
where orders.net_sales_reporting_amount is distinct from
    {{ zero_without('lines.order_id', 'lines.net_amount') }} - {{ zero_without('refunds.order_id', 'refunds.amount') }}
    or orders.fx_gain_loss_amount is distinct from
    {{ zero_without('refunds.order_id', 'refunds.amount - refunds.order_rate_amount') }}
