{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracking_code']}],
    pre_hook="{{ forget_touched('trackers') }}",
) }}

-- One row per followed parcel, whoever follows it: the word of the tracker that counts, completed with what only the
-- other one tells. What was promised first stays promised, so guarantees and first estimates are never lost to a newer word.
with told as (
    select
        trackers.tracker_id, trackers.tracking_code, trackers.service, trackers.status, trackers.estimated_date,
        trackers.guaranteed_date, estimates.first_estimated_date, trackers.is_return, trackers.created_at
    from {{ of_touched(ref('stg_easypost__trackers'), 'trackers') }} as trackers
    left join {{ ref('stg_easypost__tracker_estimates') }} as estimates on trackers.tracker_id = estimates.tracker_id
    union all
    select
        trackers.tracker_id, trackers.tracking_code, trackers.service, trackers.status, trackers.estimated_date,
        coalesce(estimates.guaranteed_date, trackers.guaranteed_date) as guaranteed_date,
        estimates.first_estimated_date, trackers.is_return, trackers.created_at
    from {{ of_touched(ref('stg_ups__trackers'), 'trackers') }} as trackers
    left join {{ ref('stg_ups__tracker_estimates') }} as estimates on trackers.tracker_id = estimates.tracker_id
),

ranked as (
    select
        pairs.parcel_tracker_id,
        pairs.carrier,
        pairs.source,
        told.*,
        told.tracker_id = pairs.parcel_tracker_id as counts
    from told
    inner join {{ of_touched(ref('int_trackers__paired'), 'trackers') }} as pairs on told.tracker_id = pairs.tracker_id
),

others as (
    select
        parcel_tracker_id,
        min(service) as service,
        min(estimated_date) as estimated_date,
        min(guaranteed_date) as guaranteed_date,
        min(first_estimated_date) as first_estimated_date,
        bool_or(is_return) as is_return,
        min(created_at) as created_at
    from ranked
    group by parcel_tracker_id
)

select
    word.tracker_id,
    word.source,
    word.tracking_code,
    word.carrier,
    coalesce(word.service, others.service) as service,
    word.status,
    coalesce(word.first_estimated_date, others.first_estimated_date) as first_estimated_date,
    coalesce(word.estimated_date, others.estimated_date) as estimated_date,
    coalesce(word.guaranteed_date, others.guaranteed_date) as guaranteed_date,
    others.is_return,
    others.created_at
from ranked as word
inner join others on word.parcel_tracker_id = others.parcel_tracker_id
where word.counts
