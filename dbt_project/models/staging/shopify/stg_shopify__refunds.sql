{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['refunded_at']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    refunds.refund_id,
    orders.order_id,
    orders.store_id,
    refunds.total_refunded_amount,
    orders.currency,
    refunds.refunded_at
from orders
cross join lateral {{ shred_once('orders.refunds', '$[*]', 'refund_id', {
    'refund_id': 'text $.id',
    'total_refunded_amount': 'numeric $.totalRefundedSet.shopMoney.amount',
    'refunded_at': 'timestamptz $.createdAt',
}) }} as refunds
where refunds.refund_id is not null
