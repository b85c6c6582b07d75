-- Units the ERP counted at the end of the as-of day = units the snapshot shows for the ERP's locations.
with counted as (
    select coalesce(sum(quants.on_hand), 0) as units
    from {{ ref('stg_odoo__stock_quants') }} as quants
    inner join {{ ref('stg_odoo__products') }} as products on quants.erp_product_id = products.erp_product_id
    inner join {{ ref('dim_location') }} as locations
        on quants.erp_location_id = locations.erp_location_id and locations.stock_authority = 'erp'
    where quants.business_date = {{ as_of_day() }} and products.sku is not null
),

shown as (
    select coalesce(sum(snapshots.on_hand), 0) as units
    from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
    inner join {{ ref('dim_location') }} as locations
        on snapshots.location_id = locations.location_id and locations.stock_authority = 'erp'
    where snapshots.business_date = {{ as_of_day() }}
),

closed as (
    select count(*) as locations
    from {{ ref('int_stock__closed') }}
    where business_date = {{ as_of_day() }}
)

select counted.units as counted_units, shown.units as shown_units
from counted
cross join shown
cross join closed
where closed.locations > 0 and counted.units <> shown.units
