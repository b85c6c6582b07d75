{{ config(meta={'publish': {'schema': 'mart', 'key': ['shipment_event_id'], 'history': 'replace'}}) }}

select
    events.shipment_event_id,
    events.tracker_id,
    shipments.shipment_id,
    events.source,
    events.occurred_at,
    events.status,
    events.status_detail,
    events.city,
    events.province,
    events.country,
    events.is_late_scan
from {{ ref('int_tracker_events__united') }} as events
left join {{ ref('fct_shipments') }} as shipments on events.tracker_id = shipments.tracker_id
where events.occurred_at < {{ as_of_end() }}
