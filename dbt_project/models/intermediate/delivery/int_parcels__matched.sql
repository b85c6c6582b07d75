-- One row per parcel: a fulfilment and the tracker that follows it. Shop and carrier write the carrier's name each
-- their own way (seed carrier_names), and carriers use tracking codes again, so a tracker must have been made around
-- the time of shipping. Two fulfilments in one box are one parcel: the older fulfilment names it.
with carriers as (
    select alias, carrier from {{ ref('carrier_names') }}
),

fulfillments as (
    select
        fulfillments.*,
        coalesce(carriers.carrier, fulfillments.carrier, 'unknown') as known_carrier
    from {{ ref('stg_shopify__fulfillments') }} as fulfillments
    left join carriers on {{ plain_name('fulfillments.carrier') }} = carriers.alias
    where fulfillments.created_at < {{ as_of_end() }}
        and coalesce(fulfillments.status, '') not in ('CANCELLED', 'ERROR', 'FAILURE')
),

trackers as (
    select
        trackers.*,
        coalesce(carriers.carrier, trackers.carrier) as known_carrier
    from {{ ref('stg_easypost__trackers') }} as trackers
    left join carriers on {{ plain_name('trackers.carrier') }} = carriers.alias
    where trackers.created_at < {{ as_of_end() }} and not trackers.is_return
),

spaced as (
    select
        *,
        created_at - lag(created_at) over (
            partition by coalesce(tracking_code, fulfillment_id), known_carrier order by created_at, fulfillment_id
        ) as since_same_code
    from fulfillments
),

boxes as (
    select * from spaced
    where since_same_code is null or since_same_code > interval '60 days'
),

nearest as (
    select distinct on (boxes.fulfillment_id)
        boxes.fulfillment_id,
        trackers.tracker_id
    from boxes
    inner join trackers
        on boxes.tracking_code = trackers.tracking_code
        and boxes.known_carrier = trackers.known_carrier
        and trackers.created_at between boxes.created_at - interval '7 days' and boxes.created_at + interval '60 days'
    order by
        boxes.fulfillment_id,
        abs(extract(epoch from trackers.created_at - boxes.created_at)),
        trackers.tracker_id
)

select
    boxes.fulfillment_id as shipment_id,
    boxes.order_id,
    boxes.store_id,
    boxes.location_id,
    boxes.tracking_code,
    boxes.known_carrier as carrier,
    coalesce(trackers.service, 'unknown') as service,
    trackers.tracker_id,
    estimates.first_estimated_date,
    trackers.estimated_date,
    trackers.guaranteed_date,
    trackers.status as tracker_status,
    boxes.created_at as label_created_at
from boxes
left join nearest on boxes.fulfillment_id = nearest.fulfillment_id
left join trackers on nearest.tracker_id = trackers.tracker_id
left join {{ ref('stg_easypost__tracker_estimates') }} as estimates on nearest.tracker_id = estimates.tracker_id
