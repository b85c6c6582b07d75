with source as (
    select * from {{ latest('shopify', 'products') }} as products
)

select
    source.scope as product_id,
    source.account as store_id,
    fields.title,
    fields.handle,
    fields.product_type,
    fields.vendor,
    fields.status,
    source.is_deleted,
    fields.created_at,
    fields.updated_at,
    fields.published_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'title': 'text $.title',
    'handle': 'text $.handle',
    'product_type': 'text $.productType',
    'vendor': 'text $.vendor',
    'status': 'text $.status',
    'created_at': 'timestamptz $.createdAt',
    'updated_at': 'timestamptz $.updatedAt',
    'published_at': 'timestamptz $.publishedAt',
}) }} as fields
