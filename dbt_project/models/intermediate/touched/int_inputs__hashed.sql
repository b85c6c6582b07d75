-- The small tables that many orders hang on, row by row as a key and a hash: what one unit costs, which variant bears a SKU,
-- what the ERP calls it, the stores, the places, the day's exchange rates, which product a variant is of and
-- which store a product, a SKU of one product alone, who is who.
-- A table: somebody may become one with another while a build runs, and what is compared must be what is remembered.
select 'cost' as kind, costs.sku as key, {{ dbt.hash(
    "concat_ws('|', costs.unit_cost_amount, costs.unit_cost_currency)"
) }} as hash
from {{ ref('int_skus__costed') }} as costs
union all
select 'sku', skus.sku, skus.variant_id
from {{ ref('int_skus__identified') }} as skus
union all
select 'store', stores.store_id, {{ dbt.hash("stores::text") }}
from {{ ref('int_stores__known') }} as stores
union all
select 'location', places.location_id, {{ dbt.hash("places::text") }}
from {{ ref('dim_location') }} as places
union all
select 'rates', rates.rate_date::text, {{ dbt.hash(
    "string_agg(rates.currency || rates.rate, ',' order by rates.currency)"
) }}
from {{ ref('dim_fx_rate') }} as rates
group by rates.rate_date
union all
select 'erp_product', products.erp_product_id, coalesce(products.sku, '')
from {{ ref('stg_odoo__products') }} as products
union all
select 'variant', variants.variant_id, concat_ws('|', variants.store_id, variants.product_id)
from {{ ref('stg_shopify__variants') }} as variants
union all
select 'product', products.product_id, products.store_id
from {{ ref('stg_shopify__products') }} as products
union all
select 'placed_sku', skus.sku, concat_ws('|', skus.store_id, skus.product_id)
from {{ ref('int_skus__placed') }} as skus
union all
select 'alias', aliases.alias_key, aliases.customer_key
from {{ source('ops', 'customer_alias') }} as aliases
