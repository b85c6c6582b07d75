{{ config(indexes=[{'columns': ['shipment_event_id'], 'unique': true}]) }}

-- The scans of touched trackers, as the last build told them and as this one does: by their own key, by which publishing
-- finds them.
{% if builds_anew() %}
select cast(null as text) as shipment_event_id where false
{% else %}
select events.shipment_event_id
from {{ as_it_was('fct_shipment_events', 'shipment_event_id text, tracker_id text') }} as events
inner join {{ ref('int_touched__trackers') }} as touched on touched.tracker_id = events.tracker_id
union
select events.shipment_event_id
from {{ ref('int_tracker_events__united') }} as events
inner join {{ ref('int_touched__trackers') }} as touched on touched.tracker_id = events.tracker_id
{% endif %}
