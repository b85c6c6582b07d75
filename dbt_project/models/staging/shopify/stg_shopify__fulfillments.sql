{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['created_at']}, {'columns': ['tracking_code']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    ---------- ids
    {{ part_name('orders', 'fulfillments.fulfillment_id') }} as fulfillment_id,
    orders.order_id,
    orders.store_id,
    fulfillments.location_id,

    ---------- text
    fulfillments.status,
    fulfillments.display_status,
    fulfillments.carrier,
    fulfillments.tracking_code,

    ---------- timestamps
    fulfillments.created_at,
    fulfillments.updated_at,
    fulfillments.estimated_delivery_at,
    fulfillments.in_transit_at,
    fulfillments.delivered_at
from orders
cross join lateral {{ shred_once('orders.fulfillments', '$[*]', 'fulfillment_id', {
    'fulfillment_id': 'text $.id',
    'location_id': 'text $.location.id',
    'status': 'text $.status',
    'display_status': 'text $.displayStatus',
    'carrier': 'text $.trackingInfo[0].company',
    'tracking_code': 'text $.trackingInfo[0].number',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
    'estimated_delivery_at': 'timestamptz $.estimatedDeliveryAt',
    'in_transit_at': 'timestamptz $.inTransitAt',
    'delivered_at': 'timestamptz $.deliveredAt',
}) }} as fulfillments
where fulfillments.fulfillment_id is not null
