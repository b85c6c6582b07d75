{{ config(
    materialized='incremental',
    indexes=[{'columns': ['promised_date']}],
    pre_hook="{{ forget_touched('parcel_days', key='promised_date') }}",
) }}

-- How the parcels promised for a day went, for each lane of a service and by how long they took: there are few such numbers.
-- Days to come are here as well: a parcel may have arrived before it was due.
select
    carrier,
    service,
    lane,
    promised_date,
    transit_days,
    count(tracker_id) as shipments_due,
    count(carrier_on_time_attempt) as judged,
    count(*) filter (where carrier_on_time_attempt) as attempted_on_time,
    count(*) filter (where customer_on_time_delivered) as delivered_on_time,
    count(*) filter (where tracker_id is not null and is_late) as late,
    count(*) filter (where tracker_id is not null and is_late and not is_delivered) as overdue_undelivered,
    count(*) filter (where tracker_id is not null and is_exception) as exceptions,
    count(*) filter (where tracker_id is not null and is_lost) as lost
from {{ of_touched(ref('int_shipments__judged'), 'parcel_days', key='promised_date') }} as parcels
where promised_date is not null
group by carrier, service, lane, promised_date, transit_days
