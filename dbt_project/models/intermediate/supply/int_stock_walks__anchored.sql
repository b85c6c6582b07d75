-- From where the days without a counted closing are walked back: for every SKU and location where stock was moved, the first
-- day anything is known of, and what lies there at the end of the as-of day: the location's newest closing and all that moved
-- since. A product that a closing does not list had none. Only the first days are looked for in the whole history.
with closings as (
    select * from {{ ref('int_stock__closed') }}
),

moves as not materialized (
    select * from {{ ref('int_stock_moves__netted') }}
),

moved_shelves as (
    select sku, location_id, min(business_date) as first_day
    from moves
    group by sku, location_id
),

anchor_days as (
    select moved_locations.location_id, max(closings.business_date) as anchor_day
    from (select distinct location_id from moved_shelves) as moved_locations
    left join closings on closings.location_id = moved_locations.location_id
    group by moved_locations.location_id
),

first_days as (
    select sku, location_id, min(first_day) as first_day
    from (
        select sku, location_id, first_day from moved_shelves
        union all
        -- A shelf that never held the product is none, though an order may be waiting for it there.
        select sku, location_id, business_date from closings
        where on_hand <> 0 and location_id in (select location_id from anchor_days)
    ) as seen
    group by sku, location_id
),

-- A range with both its ends, which an index serves; then what moved since the closing of its own location.
moved_since as (
    select moves.sku, moves.location_id, sum(moves.net_quantity) as net_quantity
    from anchor_days
    inner join moves
        on moves.location_id = anchor_days.location_id
        and moves.business_date > coalesce(anchor_days.anchor_day, '-infinity')
    where moves.business_date > (select min(coalesce(anchor_day, '-infinity')) from anchor_days)
        and moves.business_date <= {{ as_of_day() }}
    group by moves.sku, moves.location_id
)

select
    first_days.sku,
    first_days.location_id,
    first_days.first_day,
    coalesce(closings.on_hand, 0) + coalesce(moved_since.net_quantity, 0) as last_quantity
from first_days
inner join anchor_days on anchor_days.location_id = first_days.location_id
left join closings
    on closings.sku = first_days.sku
    and closings.location_id = first_days.location_id
    and closings.business_date = anchor_days.anchor_day
left join moved_since on moved_since.sku = first_days.sku and moved_since.location_id = first_days.location_id
