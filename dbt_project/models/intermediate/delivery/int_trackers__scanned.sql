{{ config(materialized='incremental', pre_hook="{{ forget_touched('trackers') }}") }}

-- What the scans of a parcel say by the end of the as-of day, in the order in which things happened, not in which
-- they were told. A delivery counts only while nothing else happened after it: carriers take deliveries back.
with events as (
    select
        events.*,
        meanings.exception_reason,
        coalesce(meanings.is_attempt, false) as is_attempt,
        coalesce(meanings.excuses_carrier, false) as excuses_carrier,
        last_value(events.status) over happened as last_status,
        last_value(events.status_detail) over happened as last_status_detail,
        max(events.occurred_at) filter (where events.status not in ('delivered', 'unknown')) over (
            partition by events.tracker_id
        ) as last_undelivered_at
    from {{ of_touched(ref('int_tracker_events__united'), 'trackers') }} as events
    left join {{ ref('scan_meanings') }} as meanings on events.status_detail = meanings.status_detail
    where events.occurred_at < {{ as_of_end() }}
    window happened as (
        partition by events.tracker_id order by events.occurred_at, events.shipment_event_id
        rows between unbounded preceding and unbounded following
    )
)

select
    tracker_id,
    last_status,
    last_status_detail,
    min(occurred_at) filter (where status not in ('pre_transit', 'unknown', 'cancelled', 'error')) as picked_up_at,
    min(occurred_at) filter (
        where status in ('delivered', 'available_for_pickup') or (status = 'failure' and is_attempt)
    ) as first_attempt_at,
    min(occurred_at) filter (
        where last_status = 'delivered'
            and status = 'delivered'
            and (last_undelivered_at is null or occurred_at >= last_undelivered_at)
    ) as delivered_at,
    max(occurred_at) as last_scan_at,
    bool_or(status = 'return_to_sender') as is_returned,
    bool_or(status_detail = 'lost') as is_reported_lost,
    bool_or(status_detail = 'damaged') as is_damaged,
    bool_or(status in ('failure', 'return_to_sender', 'error') or exception_reason is not null) as is_exception,
    bool_or(excuses_carrier) as is_carrier_excused,
    (array_agg(exception_reason order by occurred_at) filter (where exception_reason is not null))[1] as exception_reason
from events
group by tracker_id, last_status, last_status_detail
