{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracking_code']}],
    pre_hook="{{ forget_touched('trackers') }}",
) }}

-- Which trackers follow the same parcel, and whose word on it counts. UPS and EasyPost may both follow one: EasyPost's
-- tracker belongs to UPS's of the same number made around the same time (carriers use numbers again). The carrier's own
-- word counts unless the aggregator has told of something newer.
with carriers as (
    select alias, carrier from {{ ref('carrier_names') }}
),

told as (
    select 'easypost' as source, tracker_id, tracking_code, carrier, created_at
    from {{ of_touched(ref('stg_easypost__trackers'), 'trackers') }} as easypost
    union all
    select 'ups' as source, tracker_id, tracking_code, carrier, created_at
    from {{ of_touched(ref('stg_ups__trackers'), 'trackers') }} as ups
),

trackers as (
    select
        told.source,
        told.tracker_id,
        told.tracking_code,
        coalesce(carriers.carrier, told.carrier) as carrier,
        told.created_at
    from told
    left join carriers on {{ plain_name('told.carrier') }} = carriers.alias
    where told.created_at < {{ as_of_end() }}
),

scans as (
    select tracker_id, occurred_at from {{ of_touched(ref('stg_easypost__tracker_events'), 'trackers') }} as easypost
    union all
    select tracker_id, occurred_at from {{ of_touched(ref('stg_ups__tracker_events'), 'trackers') }} as ups
),

newest as (
    select tracker_id, max(occurred_at) as last_scan_at
    from scans
    where occurred_at < {{ as_of_end() }}
    group by tracker_id
),

pairs as (
    select distinct on (aggregated.tracker_id)
        aggregated.tracker_id,
        own.tracker_id as own_tracker_id
    from trackers as aggregated
    inner join trackers as own
        on aggregated.tracking_code = own.tracking_code
        and aggregated.carrier = own.carrier
        and own.created_at between aggregated.created_at - interval '60 days' and aggregated.created_at + interval '60 days'
    where aggregated.source = 'easypost' and own.source = 'ups'
    order by aggregated.tracker_id, abs(extract(epoch from own.created_at - aggregated.created_at)), own.tracker_id
)

select
    trackers.tracker_id,
    trackers.source,
    trackers.tracking_code,
    trackers.carrier,
    first_value(trackers.tracker_id) over (
        partition by coalesce(pairs.own_tracker_id, trackers.tracker_id)
        order by newest.last_scan_at desc nulls last, (trackers.source = 'ups') desc, trackers.created_at, trackers.tracker_id
    ) as parcel_tracker_id
from trackers
left join pairs on trackers.tracker_id = pairs.tracker_id
left join newest on trackers.tracker_id = newest.tracker_id
