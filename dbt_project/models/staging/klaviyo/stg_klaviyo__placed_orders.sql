{{ config(
    materialized='incremental',
    pre_hook="{{ forget_scopes('klaviyo', 'events', 'event_id') }}",
) }}

with source as (
    select * from {{ latest('klaviyo', 'events', is_incremental()) }} as latest
    where not is_deleted and payload #>> '{metric,name}' = 'Placed Order'
)

select
    -- ids
    source.scope as event_id,
    fields.customer_key,
    {{ shopify_gid('Order', 'fields.order_reference') }} as order_id,

    -- numerics
    fields.value_amount,
    fields.currency,

    -- timestamps
    fields.placed_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'customer_key': 'text $.customer_key',
    'order_reference': 'text $.attributes.order_id',
    'value_amount': 'numeric $.attributes.value',
    'currency': 'text $.attributes.currency',
    'placed_at': 'timestamptz $.attributes.datetime',
}) }} as fields
