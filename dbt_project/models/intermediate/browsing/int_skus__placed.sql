-- Which store and product a SKU alone tells of. Two stores may sell under one SKU: then it tells neither.
select
    sku,
    min(store_id) as store_id,
    min(product_id) as product_id
from {{ ref('stg_shopify__variants') }}
where sku is not null
group by sku
having count(distinct store_id) = 1 and count(distinct product_id) = 1
