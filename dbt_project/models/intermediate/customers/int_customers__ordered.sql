{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('customers') }}",
) }}

-- What each person bought in all our shops: paid, real orders only, in the reporting currency. Unknown as soon as the rate of
-- one of their orders is.
select
    customer_key,
    min(ordered_at) as first_order_at,
    min(business_date) as first_order_date,
    max(ordered_at) as last_order_at,
    max(business_date) as last_order_date,
    count(*) as paid_orders,
    {{ whole_sum('net_sales_reporting_amount') }} as net_sales_amount,
    (array_agg(ship_country order by ordered_at desc, order_id))[1] as ship_country,
    (array_agg(ship_province order by ordered_at desc, order_id))[1] as ship_province
from {{ of_touched(ref('int_orders__totalled'), 'customers') }} as totalled
where customer_key is not null
    and is_sale
    and paid_at is not null
group by customer_key
