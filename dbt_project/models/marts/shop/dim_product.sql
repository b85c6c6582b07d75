{{ config(meta={'publish': {'schema': 'mart', 'key': ['product_id'], 'history': 'replace'}}) }}

with variants as (
    select product_id, count(*)::int as variants
    from {{ ref('stg_shopify__variants') }}
    group by product_id
)

select
    products.product_id,
    products.store_id,
    products.title,
    products.product_type,
    products.vendor,
    products.status,
    coalesce(variants.variants, 0) as variants,
    products.created_at,
    products.is_deleted
from {{ ref('stg_shopify__products') }} as products
left join variants on variants.product_id = products.product_id
where products.created_at < {{ as_of_end() }}
