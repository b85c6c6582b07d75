{{ config(
    materialized='incremental',
    indexes=[
        {'columns': ['customer_key']}, {'columns': ['created_at']}, {'columns': ['updated_at']}, {'columns': ['completed_at']}
    ],
    pre_hook="{{ forget_scopes('shopify', 'abandoned_checkouts', 'cart_id') }}",
) }}

with source as (
    select * from {{ latest('shopify', 'abandoned_checkouts', is_incremental()) }} as checkouts
)

select
    ---------- ids
    source.scope as cart_id,
    source.account as store_id,
    fields.customer_key,

    ---------- numerics
    fields.subtotal_amount,
    fields.currency,
    coalesce(lines.units, 0) as units,

    ---------- booleans
    source.is_deleted,

    ---------- timestamps
    fields.created_at,
    coalesce(fields.updated_at, fields.created_at) as updated_at,
    fields.completed_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'customer_key': 'text $.customer_key',
    'subtotal_amount': 'numeric $.subtotalPriceSet.shopMoney.amount',
    'currency': 'text $.subtotalPriceSet.shopMoney.currencyCode',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
    'completed_at': 'timestamptz $.completedAt',
    'lines': 'jsonb $.lineItems.nodes',
}) }} as fields
left join lateral (
    select sum(quantity) as units
    from {{ shred_once('fields.lines', '$[*]', 'cart_line_id', {'cart_line_id': 'text $.id', 'quantity': 'integer $.quantity'}) }} as lines
) as lines on true
