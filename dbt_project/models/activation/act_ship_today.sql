{{ config(meta={'publish': {'schema': 'act', 'key': ['item_key'], 'history': 'replace'}}) }}

-- What the warehouse should touch today: orders to be shipped by tonight or overdue, labels that no carrier scanned
-- within a day, parcels that lie still longer than 95 % of their lane ever take.
with unshipped as (
    select
        'unshipped|' || order_id as item_key,
        'unshipped' as kind,
        order_id,
        order_name,
        null::text as shipment_id,
        null::text as tracking_code,
        null::text as carrier,
        location_code,
        ship_by_at,
        {{ hours_between('ship_by_at', as_of_end()) }} as hours_overdue
    from {{ ref('int_orders__due_to_ship') }}
    where ship_by_at < {{ as_of_end() }} + interval '1 day'
),

-- What nobody follows is never seen to move, or to lie still.
under_way as (
    select
        shipments.*,
        locations.location_code
    from {{ ref('fct_shipments') }} as shipments
    left join {{ ref('dim_location') }} as locations on shipments.location_id = locations.location_id
    where not shipments.is_delivered and shipments.tracker_id is not null and not shipments.is_returned and not shipments.is_lost
),

unscanned as (
    select
        'label_unscanned|' || shipment_id as item_key,
        'label_unscanned' as kind,
        order_id,
        order_name,
        shipment_id,
        tracking_code,
        carrier,
        location_code,
        label_created_at + interval '24 hours' as ship_by_at,
        {{ hours_between("label_created_at + interval '24 hours'", as_of_end()) }} as hours_overdue
    from under_way
    where picked_up_at is null
        and label_created_at < {{ as_of_end() }} - interval '24 hours'
        -- A label nobody scanned for a month was never handed over: nothing to be done about it today.
        and label_created_at >= {{ as_of_end() }} - interval '30 days'
),

-- The newest percentiles of each lane, or of the whole service where the lane is too thin.
paces as (
    select distinct on (carrier, service, lane)
        carrier,
        service,
        lane,
        transit_days_p95
    from {{ ref('int_lanes__timed') }}
    where transit_days_p95 is not null
    order by carrier, service, lane, due_date desc
),

motionless as (
    select
        'motionless|' || under_way.shipment_id as item_key,
        'motionless' as kind,
        under_way.order_id,
        under_way.order_name,
        under_way.shipment_id,
        under_way.tracking_code,
        under_way.carrier,
        under_way.location_code,
        under_way.last_scan_at + coalesce(lanes.transit_days_p95, services.transit_days_p95)::float8 * interval '1 day' as ship_by_at,
        {{ hours_between(
            "under_way.last_scan_at + coalesce(lanes.transit_days_p95, services.transit_days_p95)::float8 * interval '1 day'",
            as_of_end()
        ) }} as hours_overdue
    from under_way
    left join paces as lanes
        on under_way.carrier = lanes.carrier
        and under_way.service = lanes.service
        and under_way.lane = lanes.lane
    left join paces as services
        on under_way.carrier = services.carrier
        and under_way.service = services.service
        and services.lane = '*'
    where under_way.picked_up_at is not null
        and under_way.last_scan_at + coalesce(lanes.transit_days_p95, services.transit_days_p95)::float8 * interval '1 day'
        < {{ as_of_end() }}
),

items as (
    select * from unshipped
    union all
    select * from unscanned
    union all
    select * from motionless
)

select
    item_key,
    kind,
    order_id,
    order_name,
    shipment_id,
    tracking_code,
    carrier,
    location_code,
    ship_by_at,
    hours_overdue,
    case kind
        when 'unshipped' then
            'Order ' || order_name || case
                when hours_overdue > 0 then ' should have left ' || coalesce(location_code, 'the warehouse') || ' ' || {{ spoken_age('hours_overdue') }} || ' ago.'
                else ' is to leave ' || coalesce(location_code, 'the warehouse') || ' today.'
            end
        when 'label_unscanned' then
            carrier || ' has not scanned ' || tracking_code || ' since its label was made ' || {{ spoken_age('hours_overdue + 24') }} || ' ago.'
        else
            carrier || ' parcel ' || tracking_code || ' has lain still ' || {{ spoken_age('hours_overdue') }} || ' longer than 95 % of its lane ever travel.'
    end as reason
from items
