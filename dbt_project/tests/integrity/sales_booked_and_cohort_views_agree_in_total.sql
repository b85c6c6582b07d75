-- The two views of net sales put refunds on different days, never on different money.
select
    store_id,
    channel,
    sum(net_sales_amount) as booked_amount,
    sum(net_sales_cohort_amount) as cohort_amount
from {{ ref('mart_daily_sales') }}
group by store_id, channel
having sum(net_sales_amount) <> sum(net_sales_cohort_amount)
