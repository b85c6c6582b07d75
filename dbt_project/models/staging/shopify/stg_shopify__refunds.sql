{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['refunded_at']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    {{ part_name('orders', 'refunds.refund_id') }} as refund_id,
    orders.order_id,
    orders.store_id,
    refunds.total_refunded_amount,
    orders.currency,
    coalesce(refunds.created_at, refunds.updated_at, orders.updated_at) as refunded_at,
    refunds.created_at is null as is_date_estimated
from orders
cross join lateral {{ shred_once('orders.refunds', '$[*]', 'refund_id', {
    'refund_id': 'text $.id',
    'total_refunded_amount': 'numeric $.totalRefundedSet.shopMoney.amount',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
}) }} as refunds
where refunds.refund_id is not null
