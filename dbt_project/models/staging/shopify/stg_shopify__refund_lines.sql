{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    ---------- ids
    {{ part_name(
        'orders', "coalesce(lines.refund_line_id, refunds.refund_id || '/' || lines.order_line_id || '/' || lines.position)"
    ) }} as refund_line_id,
    {{ part_name('orders', 'refunds.refund_id') }} as refund_id,
    orders.order_id,
    orders.store_id,
    {{ part_name('orders', 'lines.order_line_id') }} as order_line_id,
    lines.location_id,

    ---------- text
    lines.restock_type,

    ---------- numerics; the subtotal holds the tax where taxes are included. What no line tells, the refund's total does.
    lines.quantity,
    coalesce(lines.subtotal_amount, 0) as subtotal_amount,
    coalesce(lines.tax_amount, 0) as tax_amount,
    orders.currency,

    ---------- booleans
    lines.is_restocked,
    refunds.created_at is null as is_date_estimated,

    ---------- timestamps
    coalesce(refunds.created_at, refunds.updated_at, orders.updated_at) as refunded_at
from orders
cross join lateral {{ shred_once('orders.refunds', '$[*]', 'refund_id', {
    'refund_id': 'text $.id',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
    'refund_lines': 'jsonb $.refundLineItems.nodes',
}) }} as refunds
-- Not every refunded line has a name: what has none is told apart, and called, by its place.
cross join lateral {{ shred_once(
    'refunds.refund_lines', '$[*]', 'refund_line_id, order_line_id, case when refund_line_id is null then position end', {
    'refund_line_id': 'text $.id',
    'order_line_id': 'text $.lineItem.id',
    'location_id': 'text $.location.id',
    'restock_type': 'text $.restockType',
    'quantity': 'integer $.quantity',
    'subtotal_amount': 'numeric $.subtotalSet.shopMoney.amount',
    'tax_amount': 'numeric $.totalTaxSet.shopMoney.amount',
    'is_restocked': 'boolean $.restocked',
}) }} as lines
where lines.order_line_id is not null
