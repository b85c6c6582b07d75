{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['ordered_at']}, {'columns': ['updated_at']}, {'columns': ['shipped_at']}, {'columns': ['has_namesakes']}],
    pre_hook="{{ forget_scopes('amazon', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_amazon__orders') }}
)

select
    ---------- ids
    orders.order_id,
    orders.account,
    orders.marketplace_id,
    'amazon:' || orders.marketplace_id as store_id,

    ---------- text
    coalesce(orders.currency, marketplaces.currency) as currency,
    orders.fulfilled_by,
    orders.fulfillment_status,
    -- an application that would be told who buys does not ask where to: then it is the marketplace's country
    coalesce(orders.ship_country, marketplaces.country) as ship_country,
    orders.ship_province,

    ---------- numerics
    orders.total_amount,
    coalesce(money.shipping_amount, 0) - coalesce(promotions.shipping_amount, 0) as shipping_amount,
    coalesce(money.tax_amount, 0) as tax_amount,

    ---------- booleans
    orders.has_namesakes,

    ---------- timestamps: Amazon says that an order was cancelled, not when; nothing is changed after it
    orders.ordered_at,
    orders.updated_at,
    case when orders.fulfillment_status = 'CANCELLED' then orders.updated_at end as cancelled_at,
    case
        when orders.fulfillment_status = 'CANCELLED' and orders.cancelled_by = 'BUYER' then 'BUYER'
        when orders.fulfillment_status = 'CANCELLED' and orders.cancelled_by = 'MERCHANT' then 'SELLER'
    end as cancelled_by,
    orders.ship_by_at,
    orders.deliver_by_at,
    packages.shipped_at
from orders
left join {{ ref('amazon_marketplaces') }} as marketplaces on marketplaces.marketplace_id = orders.marketplace_id
left join lateral (
    select
        sum(parts.amount) filter (where parts.type = 'SHIPPING') as shipping_amount,
        sum(parts.amount) filter (where parts.type = 'TAX') as tax_amount
    from {{ shred('orders.proceeds', '$[*]', {
        'type': 'text $.type',
        'amount': 'numeric $.subtotal.amount',
    }) }} as parts
) as money on true
left join lateral (
    -- The order tells shipping before promotions; what they took off it, whichever sign it has, only its items tell.
    select sum(abs(parts.amount)) as shipping_amount
    from {{ shred(
        'orders.items',
        '$[*].proceeds.breakdowns[*] ? (@.type == "DISCOUNT").detailedBreakdowns[*] ? (@.subtype == "SHIPPING")',
        {'amount': 'numeric $.value.amount'},
    ) }} as parts
) as promotions on true
left join lateral (
    select min(sent.shipped_at) as shipped_at
    from {{ shred('orders.packages', '$[*]', {'shipped_at': 'timestamptz $.shipTime'}) }} as sent
) as packages on true
