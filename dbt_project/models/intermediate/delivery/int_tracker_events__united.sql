{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracker_id']}],
    pre_hook="{{ forget_touched('trackers') }}",
) }}

-- Every scan of a followed parcel once, whoever told it. Where the carrier and the aggregator tell of the same instant
-- and status, it is the same scan, and the carrier's own telling stays.
with told as (
    select * from {{ of_touched(ref('stg_easypost__tracker_events'), 'trackers') }} as easypost
    union all
    select * from {{ of_touched(ref('stg_ups__tracker_events'), 'trackers') }} as ups
),

events as (
    select
        told.*,
        pairs.source,
        pairs.parcel_tracker_id,
        bool_or(pairs.source = 'ups') over (
            partition by pairs.parcel_tracker_id, told.occurred_at, told.status
        ) as is_told_by_carrier
    from told
    inner join {{ of_touched(ref('int_trackers__paired'), 'trackers') }} as pairs on told.tracker_id = pairs.tracker_id
)

select distinct on (parcel_tracker_id, occurred_at, status, status_detail)
    shipment_event_id,
    parcel_tracker_id as tracker_id,
    source,
    status,
    status_detail,
    city,
    province,
    country,
    is_late_scan,
    occurred_at,
    first_told_at
from events
where source = 'ups' or not is_told_by_carrier
order by parcel_tracker_id, occurred_at, status, status_detail, first_told_at, shipment_event_id
