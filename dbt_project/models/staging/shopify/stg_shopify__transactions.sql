{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['processed_at']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    transactions.transaction_id,
    orders.order_id,
    orders.store_id,
    transactions.kind,
    transactions.status,
    transactions.gateway,
    transactions.amount,
    orders.currency,
    transactions.processed_at
from orders
cross join lateral {{ shred_once('orders.transactions', '$[*]', 'transaction_id', {
    'transaction_id': 'text $.id',
    'kind': 'text $.kind',
    'status': 'text $.status',
    'gateway': 'text $.gateway',
    'amount': 'numeric $.amountSet.shopMoney.amount',
    'processed_at': 'timestamptz $.processedAt',
}) }} as transactions
where transactions.transaction_id is not null
