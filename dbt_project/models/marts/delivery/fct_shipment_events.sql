{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['shipment_event_id'], 'history': 'replace', 'touched': 'int_touched__scans'}},
    materialized='incremental',
    indexes=[{'columns': ['tracker_id']}],
    pre_hook="{{ forget_touched('scans') }}",
) }}

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
from {{ of_touched(ref('int_tracker_events__united'), 'scans') }} as events
left join {{ of_touched(ref('fct_shipments'), 'trackers') }} as shipments on events.tracker_id = shipments.tracker_id
where events.occurred_at < {{ as_of_end() }}
