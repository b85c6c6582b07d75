{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('customers') }}",
) }}

-- What each buyer brought within so many days of their first.
with horizons as (
    select horizon_days from (values (30), (60), (90), (180), (365)) as horizons (horizon_days)
)

select
    orders.customer_key,
    horizons.horizon_days,
    orders.cohort_month,
    orders.first_order_date,
    count(*) as orders,
    {{ whole_sum('orders.net_sales_reporting_amount') }} as net_sales_reporting_amount,
    {{ whole_sum('orders.cm2_reporting_amount') }} as cm2_reporting_amount,
    count(orders.cm2_reporting_amount) as margined_orders
from {{ of_touched(ref('int_buyers__cohorted'), 'customers') }} as orders
inner join horizons on orders.days_since_first <= horizons.horizon_days
group by orders.customer_key, horizons.horizon_days, orders.cohort_month, orders.first_order_date
