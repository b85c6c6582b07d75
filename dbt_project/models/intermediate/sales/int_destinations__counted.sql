-- How many orders each location has sent to each destination, and how many none has sent yet.
select store_id, ship_country, ship_province, location_id, count(*) as shipments
from {{ ref('int_orders__sent_from') }}
group by store_id, ship_country, ship_province, location_id
