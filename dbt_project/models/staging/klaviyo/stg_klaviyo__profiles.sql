{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}],
    pre_hook="{{ forget_scopes('klaviyo', 'profiles', 'profile_id') }}",
) }}

with source as (
    select * from {{ latest('klaviyo', 'profiles', is_incremental()) }} as profiles
    where not is_deleted
)

select
    -- ids
    source.scope as profile_id,
    fields.customer_key,

    -- booleans: who is suppressed gets no mail, whatever the consent says
    coalesce(fields.email_state = 'SUBSCRIBED', false)
    and coalesce(fields.email_suppression in ('null', '[]', '{}'), true) as email_consent,
    coalesce(fields.sms_state = 'SUBSCRIBED', false) as sms_consent,

    -- timestamps
    fields.created_at,
    fields.updated_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'customer_key': 'text $.customer_key',
    'email_state': 'text $.attributes.subscriptions.email.marketing.consent',
    'email_suppression': 'jsonb $.attributes.subscriptions.email.marketing.suppression',
    'sms_state': 'text $.attributes.subscriptions.sms.marketing.consent',
    'created_at': 'timestamptz $.attributes.created',
    'updated_at': 'timestamptz $.attributes.updated',
}) }} as fields
