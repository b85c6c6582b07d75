{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['tracking_code']}],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

-- One row per parcel: a shop's fulfilment or a marketplace's package, and the tracker that follows it. Shop and carrier
-- write the carrier's name each their own way (seed carrier_names), and carriers use tracking codes again, so a tracker
-- must have been made around the time of shipping. Two fulfilments in one box are one parcel: the older one names it.
with carriers as (
    select alias, carrier from {{ ref('carrier_names') }}
),

-- Whoever uses a touched order's code may name its parcel, or be named by it.
{%- set streams = {'fulfillments': ref('stg_shopify__fulfillments'), 'packages': ref('stg_amazon__packages')} %}
{%- if only_touched() %}
codes as (
    {%- for name, stream in streams.items() %}
    select tracking_code from {{ of_touched(stream, 'shipments') }} as {{ name }}
    {{ 'union' if not loop.last }}
    {%- endfor %}
),
{%- endif %}

{% for name, stream in streams.items() %}
{{ name }} as (
    select * from {{ of_touched(stream, 'shipments') }} as touched
    {%- if only_touched() %}
    union
    select * from {{ stream }}
    where tracking_code in (select tracking_code from codes)
    {%- endif %}
),
{% endfor %}
sent as (
    select
        fulfillment_id as shipment_id, order_id, store_id, location_id, carrier, null::text as service, tracking_code,
        created_at
    from fulfillments
    where coalesce(status, '') not in ('CANCELLED', 'ERROR', 'FAILURE')
    union all
    select
        packages.package_id as shipment_id, packages.order_id, orders.store_id, null::text as location_id,
        packages.carrier, packages.service, packages.tracking_code, packages.shipped_at as created_at
    from packages
    inner join {{ ref('stg_amazon__orders') }} as orders on packages.order_id = orders.order_id
    where coalesce(packages.status, '') <> 'CANCELLED'
),

parcels as (
    select
        sent.*,
        coalesce(carriers.carrier, sent.carrier, 'unknown') as known_carrier
    from sent
    left join carriers on {{ plain_name('sent.carrier') }} = carriers.alias
    where sent.created_at < {{ as_of_end() }}
),

spaced as (
    select
        *,
        created_at - lag(created_at) over (
            partition by coalesce(tracking_code, shipment_id), known_carrier order by created_at, shipment_id
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
        and boxes.known_carrier = trackers.carrier
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
    boxes.known_carrier as carrier,
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
