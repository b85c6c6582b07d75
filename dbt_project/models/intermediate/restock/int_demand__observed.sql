-- Every living SKU at every active location where it was ever stocked or wanted, and every day of the history, with what
-- was wanted and whether it could be bought. A day counts as in stock only if some location that serves the same buyers
-- (its shop's, or the marketplace's own) had the SKU from its opening to its close: a day that sold out is a partial day. What open
-- orders hold cannot be bought, and what one shelf lacks does not empty another.
-- A SKU nobody keeps stock of is taken to be always in stock.
--
-- A price holds until something is sold at another: a day without a sale is cut when the day before it was. A price is cut when
-- it is below `price_cut_below` of the median price of the SKU there over the history (`macros/restock_policy.sql`).
with demand as (
    select * from {{ ref('int_demand__localised') }}
),

locations as (
    select
        location_id,
        is_active,
        case when stock_authority = 'marketplace' then location_id else coalesce(store_id, '') end as pool,
        stock_authority <> 'erp' as is_only_looked_at
    from {{ ref('dim_location') }}
),

-- Shelves are asked for one by one: their history is long, and only its beginning and its last days matter here. The last
-- day before the first one shown is that whose close is its opening.
shelves as (
    select
        skus.sku,
        locations.location_id,
        locations.pool,
        firsts.business_date as first_day,
        lasts.business_date as last_day_before
    from {{ ref('int_skus__identified') }} as skus
    cross join locations
    cross join lateral (
        select min(snapshots.business_date) as business_date
        from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
        where snapshots.sku = skus.sku and snapshots.location_id = locations.location_id
    ) as firsts
    cross join lateral (
        select max(snapshots.business_date) as business_date
        from {{ ref('fct_inventory_snapshot_daily') }} as snapshots
        where snapshots.sku = skus.sku
            and snapshots.location_id = locations.location_id
            and snapshots.business_date <= {{ as_of_day() }} - {{ restock_policy('history_days') }}
    ) as lasts
    where firsts.business_date is not null
),

before as (
    select sku, pool, max(last_day_before) as business_date
    from shelves
    group by sku, pool
),

shelf_days as (
    select sku, location_id, business_date, greatest(available, 0) as available
    from {{ ref('fct_inventory_snapshot_daily') }}
    where business_date > {{ as_of_day() }} - {{ restock_policy('history_days') }}
    union all
    select snapshots.sku, snapshots.location_id, snapshots.business_date, greatest(snapshots.available, 0)
    from before
    inner join shelves on shelves.sku = before.sku and shelves.pool = before.pool
    inner join {{ ref('fct_inventory_snapshot_daily') }} as snapshots
        on snapshots.sku = shelves.sku
        and snapshots.location_id = shelves.location_id
        and snapshots.business_date = before.business_date
),

-- Nothing is known of a shop's or a marketplace's own shelf before the first night we looked: it opened as it closed.
stock as (
    select
        shelf_days.sku,
        locations.pool,
        shelf_days.business_date,
        sum(shelf_days.available) as available,
        lag(sum(shelf_days.available), 1, case when bool_and(locations.is_only_looked_at) then sum(shelf_days.available) else 0 end)
            over (partition by shelf_days.sku, locations.pool order by shelf_days.business_date) as opening
    from shelf_days
    inner join locations on shelf_days.location_id = locations.location_id
    group by shelf_days.sku, locations.pool, shelf_days.business_date
),

book as (
    select min(business_date) as first_day from demand
),

seen as (
    select sku, location_id, min(min(business_date)) over (partition by sku) as first_wanted_day
    from (
        select sku, location_id, business_date from demand
        union all
        select sku, location_id, null from shelves
    ) as both_kinds
    group by sku, location_id
),

first_days as (
    select sku, min(first_day) as first_stocked_day
    from shelves
    group by sku
),

pairs as (
    select
        seen.sku,
        seen.location_id,
        locations.pool,
        greatest(
            least(seen.first_wanted_day, first_days.first_stocked_day),
            book.first_day,
            {{ as_of_day() }} - {{ restock_policy('history_days') }} + 1
        ) as first_day
    from seen
    inner join {{ ref('int_skus__identified') }} as skus on seen.sku = skus.sku
    left join first_days on seen.sku = first_days.sku
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
),

observed as (
    select
        grid.sku,
        grid.location_id,
        grid.business_date,
        coalesce(demand.units, 0) as units,
        coalesce(stock.available > 0 and stock.opening > 0, true) as is_in_stock,
        demand.price_amount,
        count(demand.price_amount) over (partition by grid.sku, grid.location_id order by grid.business_date) as priced_days
    from grid
    left join demand
        on grid.sku = demand.sku
        and grid.location_id = demand.location_id
        and grid.business_date = demand.business_date
    left join stock
        on grid.sku = stock.sku
        and grid.pool = stock.pool
        and grid.business_date = stock.business_date
),

priced as (
    select
        *,
        max(price_amount) over (partition by sku, location_id, priced_days) as held_price_amount
    from observed
),

usual_prices as (
    select sku, location_id, {{ percentile('held_price_amount', 0.5) }} as price_amount
    from priced
    group by sku, location_id
)

select
    priced.sku,
    priced.location_id,
    priced.business_date,
    {{ iso_weekday('priced.business_date') }} as iso_weekday,
    {{ as_of_day() }} - priced.business_date as age_days,
    priced.units,
    priced.is_in_stock,
    coalesce(priced.held_price_amount < {{ restock_policy('price_cut_below') }} * usual_prices.price_amount, false) as is_price_cut
from priced
inner join usual_prices
    on priced.sku = usual_prices.sku
    and priced.location_id = usual_prices.location_id
