-- Every living SKU, active location and day of the history, with what was wanted and whether it could be bought.
-- A day counts as in stock only if some location had the SKU from its opening to its close: a day that sold out is a
-- partial day. A SKU nobody keeps stock of is taken to be always in stock.
with demand as (
    select * from {{ ref('int_demand__localised') }}
),

stock as (
    select
        sku,
        business_date,
        sum(on_hand) as on_hand,
        lag(sum(on_hand), 1, 0) over (partition by sku order by business_date) as opening
    from {{ ref('fct_inventory_snapshot_daily') }}
    group by sku, business_date
),

book as (
    select min(business_date) as first_day from demand
),

first_seen as (
    select sku, min(business_date) as first_day
    from (
        select sku, business_date from demand
        union all
        select sku, business_date from stock
    ) as seen
    group by sku
),

pairs as (
    select
        skus.sku,
        locations.location_id,
        greatest(
            first_seen.first_day,
            book.first_day,
            {{ as_of_day() }} - {{ restock_policy('history_days') }} + 1
        ) as first_day
    from {{ ref('int_skus__identified') }} as skus
    inner join first_seen on skus.sku = first_seen.sku
    cross join book
    cross join {{ ref('dim_location') }} as locations
    where locations.is_active and not skus.is_deleted
),

grid as (
    select
        pairs.sku,
        pairs.location_id,
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
    and grid.business_date = stock.business_date
