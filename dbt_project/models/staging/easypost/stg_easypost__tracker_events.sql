{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_scopes('easypost', 'trackers', 'tracker_id') }}",
) }}

with versions as (
    select * from {{ versions('easypost', 'trackers', is_incremental()) }} as versions
    where not is_deleted
),

-- What the version before had told is looked up by a frame, not by a join: a planner that has never seen
-- these rows would try every pair of them.
events_by_version as (
    select
        versions.scope as tracker_id,
        versions.version,
        versions.taken_at,
        events.*,
        max(events.occurred_at) over (
            partition by versions.scope order by versions.version groups between 1 preceding and 1 preceding
        ) as newest_known_at
    from versions
    cross join lateral {{ shred('versions.payload', '$.tracking_details[*]', {
        'occurred_at': 'timestamptz $.datetime',
        'status': 'text $.status',
        'status_detail': 'text $.status_detail',
        'city': 'text $.tracking_location.city',
        'province': 'text $.tracking_location.state',
        'country': 'text $.tracking_location.country',
    }) }} as events
    where events.occurred_at is not null
),

-- A carrier sends the same scan many times: one event is one (tracker, instant, status, detail).
first_told as (
    select distinct on (tracker_id, occurred_at, status, status_detail)
        *
    from events_by_version
    order by tracker_id, occurred_at, status, status_detail, version
)

select
    -- ids
    md5(concat_ws('|',
        first_told.tracker_id, extract(epoch from first_told.occurred_at)::text,
        first_told.status, first_told.status_detail
    )) as shipment_event_id,
    first_told.tracker_id,

    -- texts
    first_told.status,
    first_told.status_detail,
    first_told.city,
    first_told.province,
    first_told.country,

    -- booleans: late when something newer had been told before it
    coalesce(first_told.occurred_at < first_told.newest_known_at, false) as is_late_scan,

    -- timestamps
    first_told.occurred_at,
    first_told.taken_at as first_told_at
from first_told
