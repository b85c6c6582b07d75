-- Units the marketplace counted at the end of the as-of day, kits exploded = units the snapshot shows at its warehouse.
with counted as (
    select coalesce(sum((counts.fulfillable + counts.reserved) * coalesce(mapped.units_per, 1)), 0) as units
    from {{ ref('stg_amazon__inventory') }} as counts
    left join {{ ref('int_skus__mapped') }} as mapped
        on mapped.channel = 'amazon'
        and mapped.channel_sku = counts.seller_sku
        and mapped.valid_from <= counts.business_date
        and (mapped.valid_to is null or counts.business_date < mapped.valid_to)
    left join {{ ref('int_skus__identified') }} as catalogue on catalogue.sku = counts.seller_sku
    where counts.business_date = {{ as_of_day() }}
        and (mapped.sku is not null or catalogue.sku is not null)
),

shown as (
    select
        coalesce(sum(snapshots.on_hand), 0) as units,
        bool_or(not snapshots.is_estimated) as is_counted
    from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
    inner join {{ ref('dim_location') }} as locations
        on snapshots.location_id = locations.location_id and locations.stock_authority = 'marketplace'
    where snapshots.business_date = {{ as_of_day() }}
)

select counted.units as counted_units, shown.units as shown_units
from counted
cross join shown
where shown.is_counted and counted.units <> shown.units
