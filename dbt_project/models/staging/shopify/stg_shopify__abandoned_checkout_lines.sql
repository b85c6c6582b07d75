{{ config(
    materialized='incremental',
    pre_hook="{{ forget_scopes('shopify', 'abandoned_checkouts', 'cart_id') }}",
) }}

with source as (
    select * from {{ latest('shopify', 'abandoned_checkouts', is_incremental()) }} as checkouts
)

select
    lines.cart_line_id,
    source.scope as cart_id,
    source.account as store_id,
    lines.variant_id,
    nullif(lines.sku, '') as sku,
    lines.quantity,
    lines.discounted_total_amount
from source
cross join lateral {{ shred_once('source.payload', '$.lineItems.nodes[*]', 'cart_line_id', {
    'cart_line_id': 'text $.id',
    'variant_id': 'text $.variant.id',
    'sku': 'text $.sku',
    'quantity': 'integer $.quantity',
    'discounted_total_amount': 'numeric $.discountedTotalPriceSet.shopMoney.amount',
}) }} as lines
where lines.cart_line_id is not null
