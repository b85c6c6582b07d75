{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}, {'columns': ['location_id', 'sku']}],
    pre_hook="{{ forget_touched('closed_days') }}",
) }}

-- After {{ ref('int_touched__stock_before') if model.resource_type != 'unit_test' }}, which remembers what was counted.
-- Counted stock at the end of each closed business day. Every location has one authority (seed stock_authority):
-- the ERP's and the shop's view of the same shelf are never added up. What lies in a marketplace's warehouses is counted by
-- it under its own SKUs; sku_map turns them into ours, and what it does not know is left out.
with erp_stock as (
    select
        products.sku,
        locations.location_id,
        quants.business_date,
        sum(quants.on_hand) as on_hand,
        sum(quants.reserved) as reserved,
        0::numeric as incoming,
        bool_or(quants.is_estimated) as is_estimated
    from {{ of_touched(ref('stg_odoo__stock_quants'), 'closed_days') }} as quants
    inner join {{ ref('stg_odoo__products') }} as products
        on quants.erp_product_id = products.erp_product_id
    inner join {{ ref('dim_location') }} as locations
        on quants.erp_location_id = locations.erp_location_id
    where locations.stock_authority = 'erp' and products.sku is not null
    group by products.sku, locations.location_id, quants.business_date
),

shop_stock as (
    select
        levels.sku,
        levels.location_id,
        levels.business_date,
        sum(levels.on_hand) as on_hand,
        sum(levels.committed) as reserved,
        sum(levels.incoming) as incoming,
        bool_or(levels.is_estimated) as is_estimated
    from {{ of_touched(ref('stg_shopify__inventory_closings'), 'closed_days') }} as levels
    inner join {{ ref('dim_location') }} as locations
        on levels.location_id = locations.location_id
    where locations.stock_authority = 'shop' and levels.sku is not null
    group by levels.sku, levels.location_id, levels.business_date
),

marketplace_stock as (
    select
        coalesce(mapped.sku, catalogue.sku) as sku,
        locations.location_id,
        counts.business_date,
        sum((counts.fulfillable + counts.reserved) * coalesce(mapped.units_per, 1)) as on_hand,
        sum(counts.reserved * coalesce(mapped.units_per, 1)) as reserved,
        sum(counts.inbound * coalesce(mapped.units_per, 1)) as incoming,
        bool_or(counts.is_estimated) as is_estimated
    from {{ of_touched(ref('stg_amazon__inventory'), 'closed_days') }} as counts
    inner join {{ ref('dim_location') }} as locations on locations.stock_authority = 'marketplace'
    left join {{ ref('int_skus__mapped') }} as mapped
        on mapped.channel = 'amazon'
        and mapped.channel_sku = counts.seller_sku
        and mapped.valid_from <= counts.business_date
        and (mapped.valid_to is null or counts.business_date < mapped.valid_to)
    left join {{ ref('int_skus__identified') }} as catalogue on catalogue.sku = counts.seller_sku
    where coalesce(mapped.sku, catalogue.sku) is not null
    group by coalesce(mapped.sku, catalogue.sku), locations.location_id, counts.business_date
)

select * from erp_stock
union all
select * from shop_stock
union all
select * from marketplace_stock
