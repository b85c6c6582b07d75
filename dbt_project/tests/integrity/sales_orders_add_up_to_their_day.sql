-- Every day's gross sales, discounts, units and cohort net sales are those of its orders, no more and no less.
with orders as (
    select
        store_id,
        channel,
        business_date,
        count(*) as orders,
        sum(units) as units,
        sum(gross_sales_amount) as gross_sales_amount,
        sum(discounts_amount) as discounts_amount,
        sum(net_sales_amount) as net_sales_amount
    from {{ of_touched(ref('fct_orders'), 'days') }} as fct_orders
    where is_sale
    group by store_id, channel, business_date
)

select
    coalesce(days.business_date, orders.business_date) as business_date,
    days.gross_sales_amount,
    orders.gross_sales_amount as orders_gross_sales_amount
from {{ of_touched(ref('mart_daily_sales'), 'days') }} as days
full outer join orders
    on orders.store_id = days.store_id
    and orders.channel = days.channel
    and orders.business_date = days.business_date
where (days.orders, days.units, days.gross_sales_amount, days.discounts_amount, days.net_sales_cohort_amount)
    is distinct from (
        coalesce(orders.orders, 0),
        coalesce(orders.units, 0),
        coalesce(orders.gross_sales_amount, 0),
        coalesce(orders.discounts_amount, 0),
        coalesce(orders.net_sales_amount, 0)
    )
