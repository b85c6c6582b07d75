-- What the last build knew of the touched days: what was moved, and what was counted.
{% if builds_anew() %}
select
    cast(null as text) as kind, cast(null as text) as sku, cast(null as text) as location_id,
    cast(null as date) as business_date, cast(null as text) as told
where false
{% else %}
select 'moved' as kind, moves.sku, moves.location_id, moves.business_date, moves::text as told
from {{ as_it_was('int_stock_moves__netted', 'sku text, location_id text, business_date date') }} as moves
inner join {{ ref('int_touched__moved_days') }} as touched on touched.business_date = moves.business_date
union all
select 'counted', closed.sku, closed.location_id, closed.business_date, closed::text
from {{ as_it_was('int_stock__closed', 'sku text, location_id text, business_date date') }} as closed
inner join {{ ref('int_touched__closed_days') }} as touched on touched.business_date = closed.business_date
{% endif %}
