{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['cohort_month']}],
    pre_hook=["{{ forget_touched('customers') }}", "{{ forget_touched('orders') }}"],
) }}

-- Forgotten by order too ({{ _touched('orders') }}): whoever was erased is nobody in what is kept.
-- Every person's first paid order in one of our own shops and all they bought there since, by days since that first
-- day. People are one over all stores, so somebody who first bought elsewhere is not new in the next shop.
with paid as (
    select orders.*, ranked.paid_order_number
    from {{ of_touched(ref('int_orders__ranked'), 'customers') }} as ranked
    inner join {{ of_touched(ref('int_orders__totalled'), 'customers') }} as orders on orders.order_id = ranked.order_id
),

firsts as (
    select customer_key, business_date as first_order_date
    from paid
    where paid_order_number = 1
)

select
    paid.order_id,
    paid.customer_key,
    firsts.first_order_date,
    date_trunc('month', firsts.first_order_date)::date as cohort_month,
    -- Stores in other zones may already, or still, have another day.
    greatest(paid.business_date - firsts.first_order_date, 0) as days_since_first,
    case when paid.is_sale then paid.net_sales_reporting_amount else 0 end as net_sales_reporting_amount,
    case when paid.is_sale then margins.cm2_reporting_amount else 0 end as cm2_reporting_amount
from paid
inner join firsts on firsts.customer_key = paid.customer_key
left join {{ ref('int_orders__margined') }} as margins on margins.order_id = paid.order_id
