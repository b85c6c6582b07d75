{{ config(
    materialized='incremental',
    indexes=[{'columns': ['substr(tracker_id, 5)']}],
    pre_hook="{{ forget_scopes('ups', 'tracking', 'substr(tracker_id, 5)') }}",
) }}

-- The carrier moves its schedule as it goes, and a delivery wipes out the committed time: only what was told first was
-- a promise. A time is committed (CMT) for guaranteed services only.
with versions as (
    select
        'ups:' || scope as tracker_id,
        version,
        {{ ups_date('payload', 'SDD') }} as scheduled_date,
        payload #>> '{package,0,deliveryTime,type}' = 'CMT' as is_committed
    from {{ versions('ups', 'tracking', is_incremental()) }} as versions
    where not is_deleted
),

promised as (
    select
        tracker_id,
        (array_agg(scheduled_date order by version))[1] as first_estimated_date,
        (array_agg(scheduled_date order by version) filter (where is_committed))[1] as guaranteed_date
    from versions
    where scheduled_date is not null
    group by tracker_id
)

select tracker_id, first_estimated_date, guaranteed_date from promised
