{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracker_id']}, {'columns': ['occurred_at']}],
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
)

{{ first_told_scans('events_by_version') }}
