-- Every event of a known person until the end of the as-of day is in exactly one session, and that session is told.
-- Without any shop there is no place where it could have happened.
with wanted as (
    select event_id
    from {{ told_of_touched(ref('stg_klaviyo__events'), 'visitors') }} as events
    where customer_key is not null
        and occurred_at < {{ as_of_end() }}
        and exists (select 1 from {{ ref('int_shops__usual') }})
),

placed as (
    select
        events.event_id,
        count(sessions.session_id) as sessions
    from {{ of_touched(ref('int_events__sessioned'), 'visitors') }} as events
    left join {{ ref('fct_sessions') }} as sessions
        on events.session_id = sessions.session_id
        and events.customer_key = sessions.customer_key
        and events.occurred_at between sessions.started_at and sessions.ended_at
    group by events.event_id
)

select
    wanted.event_id as expected_event_id,
    placed.event_id,
    placed.sessions
from wanted
full outer join placed on wanted.event_id = placed.event_id
where placed.sessions is distinct from 1
