-- Delivered on time plus late (lost and overdue ones included) are the parcels due.
select carrier, service, lane, due_date, shipments_due, delivered_on_time, late
from {{ ref('mart_carrier_sla_daily') }}
where delivered_on_time + late <> shipments_due
    or overdue_undelivered > late
    or attempted_on_time < delivered_on_time
