{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

-- One row per parcel, and the tracker that follows it: carriers use tracking codes again, so a tracker must have been made
-- around the time of shipping. Two fulfilments in one box are one parcel: the older one names it.
with parcels as (
    select * from {{ of_touched(ref('int_parcels__sent'), 'shipments') }} as touched
    {%- if only_touched() %}
    -- Whoever uses a touched order's code may name its parcel, or be named by it.
    union
    select * from {{ ref('int_parcels__sent') }}
    where tracking_code in (
        select tracking_code from {{ of_touched(ref('int_parcels__sent'), 'shipments') }} as touched
    )
    {%- endif %}
),

spaced as (
    select
        *,
        created_at - lag(created_at) over (
            partition by coalesce(tracking_code, shipment_id), carrier order by created_at, shipment_id
        ) as since_same_code
    from parcels
),

boxes as (
    select * from spaced
    where since_same_code is null or since_same_code > interval '60 days'
),

trackers as (
    select * from {{ ref('int_trackers__united') }}
    where not is_return
    {%- if only_touched() %} and tracking_code in (select tracking_code from boxes) {%- endif %}
),

-- A tracker follows the box whose label was made nearest to it, and of several the nearest speaks for the box.
followed as (
    select distinct on (trackers.tracker_id)
        trackers.tracker_id,
        boxes.shipment_id,
        abs(extract(epoch from trackers.created_at - boxes.created_at)) as seconds_apart
    from boxes
    inner join trackers
        on boxes.tracking_code = trackers.tracking_code
        and boxes.carrier = trackers.carrier
        and trackers.created_at between boxes.created_at - interval '7 days' and boxes.created_at + interval '60 days'
    order by trackers.tracker_id, seconds_apart, boxes.shipment_id
),

nearest as (
    select distinct on (shipment_id) shipment_id, tracker_id
    from followed
    order by shipment_id, seconds_apart, tracker_id
)

select
    boxes.shipment_id,
    boxes.order_id,
    boxes.store_id,
    boxes.location_id,
    boxes.tracking_code,
    boxes.carrier,
    coalesce(trackers.service, boxes.service, 'unknown') as service,
    trackers.tracker_id,
    trackers.source,
    trackers.first_estimated_date,
    trackers.estimated_date,
    trackers.guaranteed_date,
    trackers.status as tracker_status,
    boxes.created_at as label_created_at
from boxes
left join nearest on boxes.shipment_id = nearest.shipment_id
left join trackers on nearest.tracker_id = trackers.tracker_id
where {{ is_touched('boxes', 'shipments') }}
