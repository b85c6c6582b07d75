{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_id']}, {'columns': ['customer_key']}, {'columns': ['created_at']}],
    pre_hook="{{ forget_scopes('shopify', 'customers', 'customer_id') }}",
) }}

-- After {{ ref('int_touched__people_before') if model.resource_type != 'unit_test' }}, which remembers of whom the touched ones had spoken.

with source as (
    select * from {{ latest('shopify', 'customers', touched_only=is_incremental()) }} as customers
)

select
    ---------- ids
    source.scope as customer_id,
    source.account as store_id,
    fields.customer_key,

    ---------- text
    fields.state,
    fields.country,
    fields.province,
    fields.email_marketing_state,
    fields.sms_marketing_state,

    ---------- booleans
    {{ has_tag('fields.tags', 'consent-ads') }} as has_ads_consent,
    {{ has_tag('fields.tags', 'complaint-open') }} as has_open_complaint,
    source.is_deleted,

    ---------- timestamps
    fields.created_at,
    fields.updated_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'customer_key': 'text $.customer_key',
    'state': 'text $.state',
    'tags': 'jsonb $.tags',
    'country': 'text $.defaultAddress.countryCodeV2',
    'province': 'text $.defaultAddress.provinceCode',
    'email_marketing_state': 'text $.defaultEmailAddress.marketingState',
    'sms_marketing_state': 'text $.defaultPhoneNumber.marketingState',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
}) }} as fields
