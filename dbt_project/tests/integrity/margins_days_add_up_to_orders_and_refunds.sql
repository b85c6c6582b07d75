-- Over all days, a store's and channel's sales, goods and costs are those of its orders with their refunds: booked on
-- other days, but neither lost nor counted twice; in the store's currency and in the company's.
with orders as (
    select
        store_id,
        channel_group,
        sum(net_sales_amount) as net_sales_amount,
        sum(cogs_amount) as cogs_amount,
        {{ whole_sum('net_sales_reporting_amount') }} as net_sales_reporting_amount,
        {{ whole_sum('shipping_cost_amount') }} as shipping_cost_amount,
        sum(handling_amount) as handling_amount,
        sum(payment_fees_amount) as payment_fees_amount,
        sum(return_handling_amount) as return_handling_amount
    from {{ ref('int_order_days__margined') }}
    group by store_id, channel_group
),

days as (
    select
        store_id,
        channel_group,
        sum(net_sales_amount) as net_sales_amount,
        sum(cogs_amount) as cogs_amount,
        {{ whole_sum('net_sales_reporting_amount') }} as net_sales_reporting_amount,
        {{ whole_sum('shipping_cost_amount') }} as shipping_cost_amount,
        sum(handling_amount) as handling_amount,
        sum(payment_fees_amount) as payment_fees_amount,
        sum(return_handling_amount) as return_handling_amount
    from {{ ref('mart_daily_pnl') }}
    group by store_id, channel_group
)

select orders.store_id, orders.channel_group, orders.net_sales_amount, days.net_sales_amount as days_net_sales_amount
from orders
left join days on days.store_id = orders.store_id and days.channel_group = orders.channel_group
where (
    orders.net_sales_amount, orders.cogs_amount, orders.net_sales_reporting_amount, orders.shipping_cost_amount,
    orders.handling_amount, orders.payment_fees_amount, orders.return_handling_amount
) is distinct from (
    days.net_sales_amount, days.cogs_amount, days.net_sales_reporting_amount, days.shipping_cost_amount,
    days.handling_amount, days.payment_fees_amount, days.return_handling_amount
)
