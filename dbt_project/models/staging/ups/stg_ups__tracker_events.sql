{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracker_id']}, {'columns': ['substr(tracker_id, 5)']}, {'columns': ['occurred_at']}],
    pre_hook="{{ forget_scopes('ups', 'tracking', 'substr(tracker_id, 5)') }}",
) }}

with versions as (
    select * from {{ versions('ups', 'tracking', is_incremental()) }} as versions
    where not is_deleted
),

events_by_version as (
    select
        'ups:' || versions.scope as tracker_id,
        versions.version,
        versions.taken_at,
        scans.*,
        {{ ups_instant('scans') }} as occurred_at
    from versions
    cross join lateral {{ ups_scans('versions.payload') }} as scans
),

-- UPS's codes in the words of trackers; a code nobody listed means what its type means.
named as (
    select
        events.*,
        coalesce(codes.status, types.status, 'unknown') as status,
        coalesce(codes.status_detail, types.status_detail, 'unknown') as status_detail,
        max(events.occurred_at) over (
            partition by events.tracker_id order by events.version groups between 1 preceding and 1 preceding
        ) as newest_known_at
    from events_by_version as events
    left join {{ ref('ups_statuses') }} as codes
        on events.status_type = codes.status_type and events.status_code = codes.status_code
    left join {{ ref('ups_statuses') }} as types on events.status_type = types.status_type and types.status_code = '*'
    where events.occurred_at is not null
)

{{ first_told_scans('named') }}
