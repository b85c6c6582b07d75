{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('people') }}",
) }}

-- One row per person: the shop may know a person under several ids (a guest who registered later), which one
-- key joins: of whom we describe, all of them are read. Consent is what the newest record says, and a missing record is no consent.
with customers as (
    select
        customers.*,
        coalesce(aliases.customer_key, customers.customer_key) as person_key
    from {{ ref('stg_shopify__customers') }} as customers
    left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = customers.customer_key
    where not customers.is_deleted
        {%- if only_touched() %}
        and customers.customer_key in (
            select customer_key from {{ _touched('people') }}
            union all
            select touched_aliases.alias_key from {{ of_touched(source('ops', 'customer_alias'), 'people') }} as touched_aliases
        )
        {%- else %}
        and customers.customer_key is not null
        {%- endif %}
        and customers.created_at < {{ as_of_end() }}
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
where {{ is_touched('customers', 'people', 'person_key') }}
order by person_key, updated_at desc nulls last, customer_id
