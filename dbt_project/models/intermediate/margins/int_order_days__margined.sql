{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('days') }}",
) }}

-- What the orders of a day came to in the end, refunds and costs included whenever they fell due: the other side of the
-- daily profit and loss, which books each on its own day.
select
    orders.store_id,
    case when orders.is_own_shop then 'shop' else orders.channel end as channel_group,
    orders.business_date,
    sum(orders.net_sales_amount) as net_sales_amount,
    sum(coalesce(orders.cost_amount, 0) - orders.cost_back_amount) as cogs_amount,
    {{ whole_sum('orders.net_sales_reporting_amount') }} as net_sales_reporting_amount,
    {{ whole_sum('margins.shipping_cost_amount') }} as shipping_cost_amount,
    sum(margins.handling_amount) as handling_amount,
    sum(margins.payment_fees_amount) as payment_fees_amount,
    sum(margins.return_handling_amount) as return_handling_amount
from {{ of_touched(ref('int_orders__totalled'), 'days') }} as orders
inner join {{ ref('int_orders__margined') }} as margins on margins.order_id = orders.order_id
where orders.is_sale
group by orders.store_id, case when orders.is_own_shop then 'shop' else orders.channel end, orders.business_date
