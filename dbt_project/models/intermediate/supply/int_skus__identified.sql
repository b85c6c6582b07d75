-- One row per SKU: the variant that carries it today. A SKU given to two variants belongs to the living, older one.
select distinct on (sku)
    sku,
    variant_id,
    product_id,
    store_id,
    case
        when variant_title is null or variant_title = 'Default Title' then product_title
        else product_title || ' ' || variant_title
    end as title,
    is_deleted
from {{ ref('stg_shopify__variants') }}
where sku is not null
order by sku, is_deleted, variant_id
