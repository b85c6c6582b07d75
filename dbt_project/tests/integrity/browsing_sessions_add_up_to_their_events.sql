-- Sessions count every event once, kind by kind, and no two sessions of a person in a store touch.
with told as (
    select
        count(*) as events,
        count(*) filter (where metric_name = 'Viewed Product') as views,
        count(*) filter (where metric_name = 'Added to Cart') as carts_added
    from {{ of_touched(ref('int_events__placed'), 'visitors') }} as placed
),

counted as (
    select
        coalesce(sum(events), 0) as events,
        coalesce(sum(views), 0) as views,
        coalesce(sum(carts_added), 0) as carts_added
    from {{ of_touched(ref('fct_sessions'), 'visitors') }} as sessions
),

touching as (
    select
        session_id,
        started_at - lag(ended_at) over (partition by customer_key, store_id order by started_at) as pause
    from {{ of_touched(ref('fct_sessions'), 'visitors') }} as sessions
)

select 'counts differ' as fault
from told
cross join counted
where (told.events, told.views, told.carts_added) <> (counted.events, counted.views, counted.carts_added)
union all
select session_id || ' touches the one before' as fault
from touching
where pause <= interval '30 minutes'
