-- From where the days without a counted closing are walked: for every SKU and location where stock was moved, the first day
-- anything is known of, and what must be added to all that moved up to a day to get its stock. It comes from the
-- location's newest closing; a product that a closing does not list had none.
with closings as (
    select * from {{ ref('int_stock__closed') }}
),

moves as not materialized (
    select * from {{ ref('int_stock_moves__netted') }}
),

anchor_days as (
    select location_id, max(business_date) as anchor_day
    from closings
    group by location_id
),

seen as (
    select sku, location_id, business_date as first_day from moves
    union all
    -- A shelf that never held the product is none, though an order may be waiting for it there.
    select sku, location_id, business_date from closings
    where on_hand <> 0
),

first_days as (
    select sku, location_id, min(first_day) as first_day
    from seen
    where location_id in (select distinct location_id from moves)
    group by sku, location_id
),

moved as (
    select moves.sku, moves.location_id, sum(moves.net_quantity) as moved_until_anchor
    from moves
    inner join anchor_days on anchor_days.location_id = moves.location_id and moves.business_date <= anchor_days.anchor_day
    group by moves.sku, moves.location_id
)

select
    first_days.sku,
    first_days.location_id,
    first_days.first_day,
    case
        -- A shelf that was first filled after the newest closing begins with nothing.
        when anchor_days.anchor_day >= first_days.first_day
            then coalesce(closings.on_hand, 0) - coalesce(moved.moved_until_anchor, 0)
        else 0
    end as offset_quantity
from first_days
left join anchor_days on anchor_days.location_id = first_days.location_id
left join closings
    on closings.sku = first_days.sku
    and closings.location_id = first_days.location_id
    and closings.business_date = anchor_days.anchor_day
left join moved on moved.sku = first_days.sku and moved.location_id = first_days.location_id
