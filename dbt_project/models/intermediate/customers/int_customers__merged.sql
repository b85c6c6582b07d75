{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('people') }}",
) }}

-- One row per person: the shop may know a person under several ids (a guest who registered later), which one
-- key joins. Consent is what the newest record says, and a missing record is no consent.
with customers as (
    select * from {{ told_of_touched(ref('stg_shopify__customers'), 'people') }} as told
    where customer_key is not null
        and not is_deleted
        and created_at < {{ as_of_end() }}
)

select distinct on (person_key)
    person_key as customer_key,
    country,
    province,
    coalesce(email_marketing_state = 'SUBSCRIBED', false) as email_consent,
    coalesce(sms_marketing_state = 'SUBSCRIBED', false) as sms_consent,
    has_ads_consent as ads_consent,
    bool_or(has_open_complaint) over (partition by person_key) as has_open_complaint,
    min(created_at) over (partition by person_key) as created_at
from customers
order by person_key, updated_at desc nulls last, customer_id
