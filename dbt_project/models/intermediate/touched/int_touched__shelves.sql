{{ config(indexes=[{'columns': ['sku', 'location_id'], 'unique': true}]) }}

-- SKUs at locations whose stock is told anew from their first day on: before the day published last something was moved or
-- counted otherwise than the last build knew, or the goods bear another cost. Of all others only the days since then are new.
{% if builds_anew() %}
select sku, location_id from {{ ref('int_stock_walks__anchored') }} where false
{% else %}
with reanchored as (
    {{ unlike_used(
        walks_until(published_day()), 'int_stock_walks__used', 'sku text, location_id text',
        'first_day date, opening_quantity numeric'
    ) | indent(4) }}
),

before as (
    select * from {{ ref('int_touched__stock_before') }}
    where business_date < {{ published_day() }}
),

after as (
    select 'moved' as kind, moves.sku, moves.location_id, moves.business_date, moves::text as told
    from {{ ref('int_stock_moves__netted') }} as moves
    inner join {{ ref('int_touched__moved_days') }} as touched on touched.business_date = moves.business_date
    where moves.business_date < {{ published_day() }}
    union all
    select 'counted', closed.sku, closed.location_id, closed.business_date, closed::text
    from {{ ref('int_stock__closed') }} as closed
    inner join {{ ref('int_touched__closed_days') }} as touched on touched.business_date = closed.business_date
    where closed.business_date < {{ published_day() }}
),

changed as (
    select kind, sku, location_id
    from (
        (select * from before except select * from after)
        union all
        (select * from after except select * from before)
    ) as differences
),

-- A day that is counted now, or no more, ends what the count before it said of everything at that place.
recounted as (
    select distinct sku, location_id
    from {{ as_it_was('fct_inventory_snapshot_daily', 'sku text, location_id text') }}
    where exists (
        select from changed where kind = 'counted'
        union all
        select from {{ ref('int_touched__inputs') }} where kind = 'location'
    )
        and (
            location_id in (select location_id from changed where kind = 'counted')
            or exists (select from {{ ref('int_touched__inputs') }} where kind = 'location')
        )
),

renamed as (
    select distinct stock.sku, stock.location_id
    from {{ as_it_was('fct_inventory_snapshot_daily', 'sku text, location_id text') }} as stock
    inner join {{ ref('int_touched__inputs') }} as inputs on inputs.kind in ('cost', 'sku') and inputs.key = stock.sku
)

select sku, location_id from reanchored
union
select sku, location_id from changed
union
select sku, location_id from recounted
union
select sku, location_id from renamed
{% endif %}
