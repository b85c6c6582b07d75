with source as (
    select * from {{ latest('shopify', 'products') }} as products
)

-- A variant that two products list is the one's that still exists, and was changed last.
select distinct on (variants.variant_id)
    ---------- ids
    variants.variant_id,
    source.account as store_id,
    source.scope as product_id,
    variants.inventory_item_id,

    ---------- text
    nullif(variants.sku, '') as sku,
    product.title as product_title,
    product.product_type,
    variants.variant_title,
    variants.barcode,

    ---------- money
    variants.price_amount,
    variants.compare_at_price_amount,
    variants.unit_cost_amount,
    variants.unit_cost_currency,

    ---------- booleans
    coalesce(variants.is_tracked, false) as is_tracked,
    source.is_deleted
from source
cross join lateral {{ shred('source.payload', '$', {
    'title': 'text $.title',
    'product_type': 'text $.productType',
    'variants': 'jsonb $.variants.nodes',
}) }} as product
cross join lateral {{ shred('product.variants', '$[*]', {
    'place': 'for ordinality',
    'variant_id': 'text $.id',
    'inventory_item_id': 'text $.inventoryItem.id',
    'sku': 'text $.sku',
    'variant_title': 'text $.title',
    'barcode': 'text $.barcode',
    'price_amount': 'numeric $.price',
    'compare_at_price_amount': 'numeric $.compareAtPrice',
    'unit_cost_amount': 'numeric $.inventoryItem.unitCost.amount',
    'unit_cost_currency': 'text $.inventoryItem.unitCost.currencyCode',
    'is_tracked': 'boolean $.inventoryItem.tracked',
}) }} as variants
where variants.variant_id is not null
order by
    variants.variant_id, source.is_deleted, source.source_updated_at desc nulls last, source.scope, variants.place desc
