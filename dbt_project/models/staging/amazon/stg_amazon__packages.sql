{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['tracking_code']}, {'columns': ['shipped_at']}],
    pre_hook="{{ forget_scopes('amazon', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_amazon__orders') }}
)

select
    ---------- ids: Amazon numbers packages within their order
    orders.order_id || '/' || packages.package_reference as package_id,
    orders.order_id,

    ---------- text
    packages.carrier,
    packages.service,
    packages.tracking_code,
    packages.status,

    ---------- timestamps
    packages.shipped_at
from orders
cross join lateral {{ shred_once('orders.packages', '$[*]', 'package_reference', {
    'package_reference': 'text $.packageReferenceId',
    'carrier': 'text $.carrier',
    'service': 'text $.shippingService',
    'tracking_code': 'text $.trackingNumber',
    'shipped_at': 'timestamptz $.shipTime',
    'status': 'text $.packageStatus.status',
}) }} as packages
where packages.package_reference is not null
