-- Counted stock at the end of each closed business day. Every location has one authority (seed stock_authority):
-- the ERP's and the shop's view of the same shelf are never added up.
with erp_stock as (
    select
        products.sku,
        locations.location_id,
        quants.business_date,
        sum(quants.on_hand) as on_hand,
        sum(quants.reserved) as reserved,
        0::numeric as incoming,
        bool_or(quants.is_estimated) as is_estimated
    from {{ ref('stg_odoo__stock_quants') }} as quants
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
    from {{ ref('stg_shopify__inventory_closings') }} as levels
    inner join {{ ref('dim_location') }} as locations
        on levels.location_id = locations.location_id
    where locations.stock_authority = 'shop' and levels.sku is not null
    group by levels.sku, levels.location_id, levels.business_date
)

select * from erp_stock
union all
select * from shop_stock
