-- Spend is held against the own shop's sales: the blended rows are mart_daily_sales without the marketplaces.
with days as (
    select
        days.store_id,
        days.business_date,
        min(days.currency) as currency,
        sum(days.orders) as orders,
        sum(days.net_sales_cohort_amount) as net_sales_amount,
        sum(days.new_customer_orders) as new_customer_orders
    from {{ ref('mart_daily_sales') }} as days
    left join {{ ref('sales_channels') }} as channels on channels.channel = days.channel
    where coalesce(channels.is_own_shop, true)
    group by days.store_id, days.business_date
)

select
    coalesce(blended.business_date, days.business_date) as business_date,
    blended.net_sales_amount,
    days.net_sales_amount as daily_amount
from (select * from {{ ref('mart_marketing_efficiency_daily') }} where channel = 'blended') as blended
full outer join days on days.store_id = blended.store_id and days.business_date = blended.business_date
where coalesce(blended.orders, 0) <> coalesce(days.orders, 0)
    or coalesce(blended.new_customer_orders, 0) <> coalesce(days.new_customer_orders, 0)
    -- a store judged in the company's currency has the same orders, converted
    or (
        coalesce(blended.currency = days.currency, true)
        and coalesce(blended.net_sales_amount, 0) <> coalesce(days.net_sales_amount, 0)
    )
