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
    {{ part_name('orders', 'lines.order_line_id') }} as order_line_id,
    orders.order_id,
    orders.store_id,
    lines.variant_id,
    lines.product_id,

    ---------- text
    lines.sku,
    lines.line_name,
    lines.product_type,

    ---------- numerics, prices as the shop shows them (with tax where taxes are included)
    lines.position,
    lines.quantity,
    lines.current_quantity,
    lines.unit_price_amount,
    lines.discounted_total_amount,
    coalesce(taxes.tax_amount, 0) as tax_amount,
    coalesce(taxes.tax_rate, 0) as tax_rate,
    orders.currency,

    ---------- booleans; before we asked whether a line is a gift card, only the type of its product told
    coalesce(lines.is_gift_card, lower(lines.product_type) = 'gift card', false) as is_gift_card
from orders
cross join lateral {{ shred_once('orders.line_items', '$[*]', 'order_line_id', {
    'order_line_id': 'text $.id',
    'variant_id': 'text $.variant.id',
    'product_id': 'text $.product.id',
    'sku': 'text $.sku',
    'line_name': 'text $.name',
    'product_type': 'text $.product.productType',
    'quantity': 'integer $.quantity',
    'current_quantity': 'integer $.currentQuantity',
    'unit_price_amount': 'numeric $.originalUnitPriceSet.shopMoney.amount',
    'discounted_total_amount': 'numeric $.discountedTotalSet.shopMoney.amount',
    'is_gift_card': 'boolean $.isGiftCard',
    'tax_lines': 'jsonb $.taxLines',
}) }} as lines
left join lateral (
    select sum(amount) as tax_amount, sum(rate) as tax_rate
    from {{ shred('lines.tax_lines', '$[*]', {
        'amount': 'numeric $.priceSet.shopMoney.amount',
        'rate': 'numeric $.rate',
    }) }} as tax_lines
) as taxes on true
where lines.order_line_id is not null
