{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['customer_key'], 'history': 'replace', 'touched': 'int_touched__people'}},
    materialized='incremental',
    pre_hook="{{ forget_touched('people') }}",
) }}

with people as (
    select customer_key from {{ of_touched(ref('int_customers__merged'), 'people') }} as merged
    union
    select customer_key from {{ of_touched(ref('int_customers__purchased'), 'people') }} as purchased
)

select
    people.customer_key,
    ordered.first_order_at,
    ordered.first_order_date,
    ordered.last_order_at,
    coalesce(ordered.paid_orders, 0)::int as paid_orders,
    {{ zero_without('ordered.customer_key', 'ordered.net_sales_amount') }} as net_sales_amount,
    {{ company('currency') }} as currency,
    coalesce(merged.country, ordered.ship_country) as country,
    coalesce(merged.province, ordered.ship_province) as province,
    coalesce(merged.email_consent, false) as email_consent,
    coalesce(merged.sms_consent, false) as sms_consent,
    coalesce(merged.ads_consent, false) as ads_consent,
    false as is_suppressed,
    coalesce(merged.has_open_complaint, false) as has_open_complaint,
    coalesce(merged.created_at, ordered.first_order_at) as created_at
from people
left join {{ ref('int_customers__merged') }} as merged on merged.customer_key = people.customer_key
left join {{ ref('int_customers__ordered') }} as ordered on ordered.customer_key = people.customer_key
