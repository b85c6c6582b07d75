-- Every living SKU at every active location where it was ever stocked or wanted, and every day of the history, with what
-- was wanted and whether it could be bought. A day counts as in stock only if some location that serves the same buyers
-- (its shop's, or the marketplace's own) had the SKU from its opening to its close: a day that sold out is a partial day.
-- A SKU nobody keeps stock of is taken to be always in stock.
with demand as (
    select * from {{ ref('int_demand__localised') }}
),

locations as (
    select
        location_id,
        is_active,
        case when stock_authority = 'marketplace' then location_id else coalesce(store_id, '') end as pool,
        stock_authority = 'marketplace' as is_marketplace
    from {{ ref('dim_location') }}
),

-- Nothing is known of a marketplace's shelf before the first night we looked: it opened as it closed.
stock as (
    select
        snapshots.sku,
        locations.pool,
        snapshots.business_date,
        sum(snapshots.on_hand) as on_hand,
        lag(sum(snapshots.on_hand), 1, case when bool_and(locations.is_marketplace) then sum(snapshots.on_hand) else 0 end)
            over (partition by snapshots.sku, locations.pool order by snapshots.business_date) as opening
    from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
    inner join locations on snapshots.location_id = locations.location_id
    group by snapshots.sku, locations.pool, snapshots.business_date
),

book as (
    select min(business_date) as first_day from demand
),

seen as (
    select
        sku,
        location_id,
        min(min(business_date)) over (partition by sku) as first_day
    from (
        select sku, location_id, business_date from demand
        union all
        select sku, location_id, business_date from {{ ref('fct_inventory_snapshot_daily') }}
    ) as both_kinds
    group by sku, location_id
),

pairs as (
    select
        seen.sku,
        seen.location_id,
        locations.pool,
        greatest(
            seen.first_day,
            book.first_day,
            {{ as_of_day() }} - {{ restock_policy('history_days') }} + 1
        ) as first_day
    from seen
    inner join {{ ref('int_skus__identified') }} as skus on seen.sku = skus.sku
    inner join locations on seen.location_id = locations.location_id
    cross join book
    where locations.is_active and not skus.is_deleted
),

grid as (
    select
        pairs.sku,
        pairs.location_id,
        pairs.pool,
        days.date_day as business_date
    from pairs
    cross join lateral {{ days_between('pairs.first_day', as_of_day()) }} as days
)

select
    grid.sku,
    grid.location_id,
    grid.business_date,
    {{ iso_weekday('grid.business_date') }} as iso_weekday,
    {{ as_of_day() }} - grid.business_date as age_days,
    coalesce(demand.units, 0) as units,
    coalesce(stock.on_hand > 0 and stock.opening > 0, true) as is_in_stock
from grid
left join demand
    on grid.sku = demand.sku
    and grid.location_id = demand.location_id
    and grid.business_date = demand.business_date
left join stock
    on grid.sku = stock.sku
    and grid.pool = stock.pool
    and grid.business_date = stock.business_date
