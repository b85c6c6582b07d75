{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['processed_at']}],
    pre_hook="{{ forget_scopes('shopify', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_shopify__orders') }}
)

select
    {{ part_name('orders', 'transactions.transaction_id') }} as transaction_id,
    orders.order_id,
    orders.store_id,
    transactions.kind,
    transactions.status,
    transactions.gateway,
    transactions.amount,
    orders.currency,
    -- Shopify may not tell when money moved: then it came with the order.
    coalesce(transactions.processed_at, orders.processed_at, orders.ordered_at) as processed_at
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
