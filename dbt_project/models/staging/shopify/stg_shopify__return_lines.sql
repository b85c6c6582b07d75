{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['requested_at']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    ---------- ids
    {{ part_name('orders', 'lines.return_line_id') }} as return_line_id,
    returns.return_id,
    orders.order_id,
    orders.store_id,
    {{ part_name('orders', 'lines.order_line_id') }} as order_line_id,

    ---------- text
    returns.return_name,
    returns.return_status,
    lines.return_reason,

    ---------- numerics
    lines.quantity,

    ---------- timestamps
    returns.requested_at,
    returns.closed_at
from orders
cross join lateral {{ shred_once('orders.returns', '$[*]', 'return_id', {
    'return_id': 'text $.id',
    'return_name': 'text $.name',
    'return_status': 'text $.status',
    'requested_at': 'timestamptz $.createdAt',
    'closed_at': 'timestamptz $.closedAt',
    'return_lines': 'jsonb $.returnLineItems.nodes',
}) }} as returns
cross join lateral {{ shred_once('returns.return_lines', '$[*]', 'return_line_id', {
    'return_line_id': 'text $.id',
    'order_line_id': 'text $.fulfillmentLineItem.lineItem.id',
    'return_reason': 'text $.returnReason',
    'quantity': 'integer $.quantity',
}) }} as lines
where lines.return_line_id is not null
