{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['business_date']}, {'columns': ['promised_date']}, {'columns': ['is_delivered', 'tracker_id']}],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

-- On time or not, by local days at the destination, against the original promise. A parcel that nobody has tried to
-- deliver when its promised day has ended is late, lost ones included; before that day ends nothing is said.
-- After {{ ref('int_touched__parcels_before') if model.resource_type != 'unit_test' }}, which remembers when those judged anew had been.
with scanned as (
    select
        shipments.*,
        scans.last_status,
        scans.last_status_detail,
        scans.picked_up_at,
        least(scans.first_attempt_at, scans.delivered_at) as first_attempt_at,
        scans.delivered_at,
        scans.last_scan_at,
        coalesce(scans.is_returned, false) as is_returned,
        coalesce(scans.is_exception, false) as is_exception,
        coalesce(scans.is_damaged, false) as is_damaged,
        coalesce(scans.is_carrier_excused, false) as is_carrier_excused,
        scans.exception_reason,
        coalesce(scans.is_reported_lost, false) as is_reported_lost
    from {{ of_touched(ref('int_shipments__promised'), 'shipments') }} as shipments
    left join {{ ref('int_trackers__scanned') }} as scans on shipments.tracker_id = scans.tracker_id
),

dated as (
    select
        *,
        delivered_at is not null as is_delivered,
        {{ local_date('first_attempt_at', 'destination_timezone') }} as attempt_date,
        {{ local_date('delivered_at', 'destination_timezone') }} as delivered_date,
        {{ local_date('picked_up_at', 'destination_timezone') }} as pickup_date,
        -- A parcel that no carrier has told of cannot be judged: it may lie on a doorstep. What arrived is due no more.
        promised_date <= {{ as_of_day() }} and tracker_id is not null and delivered_at is null as is_due
    from scanned
)

select
    *,
    -- Silence for two weeks after the pickup is a loss, whatever the carrier still says.
    not is_delivered
    and not is_returned
    and (
        is_reported_lost
        or (picked_up_at is not null and last_scan_at < {{ as_of_end() }} - interval '14 days')
    ) as is_lost,
    case
        when promised_date is null then null
        when attempt_date is not null then attempt_date <= promised_date
        when is_due then false
    end as carrier_on_time_attempt,
    case
        when promised_date is null then null
        when delivered_date is not null then delivered_date <= promised_date
        when is_due then false
    end as customer_on_time_delivered,
    case
        when promised_date is null then false
        when delivered_date is not null then delivered_date > promised_date
        else coalesce(is_due, false)
    end as is_late,
    case
        when promised_date is null then null
        when delivered_date is not null then delivered_date - promised_date
        when is_due then {{ as_of_day() }} - promised_date
    end as days_late,
    delivered_date - pickup_date as transit_days,
    round((extract(epoch from label_created_at - coalesce(paid_at, ordered_at)) / 3600)::numeric, 2) as order_to_ship_hours
from dated
