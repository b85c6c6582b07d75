with source as (
    select * from {{ versions('shopify', 'products') }} as products
)

select
    ---------- ids
    variants.variant_id,
    source.account as store_id,
    source.scope as product_id,

    ---------- text
    nullif(variants.sku, '') as sku,
    product.title as product_title,
    variants.variant_title,

    ---------- money
    variants.price_amount,

    ---------- numerics
    source.epoch,

    ---------- timestamps
    product.created_at as product_created_at,
    coalesce(product.updated_at, source.taken_at) as version_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'title': 'text $.title',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
    'variants': 'jsonb $.variants.nodes',
}) }} as product
cross join lateral {{ shred('product.variants', '$[*]', {
    'variant_id': 'text $.id',
    'sku': 'text $.sku',
    'variant_title': 'text $.title',
    'price_amount': 'numeric $.price',
}) }} as variants
where variants.variant_id is not null
