-- How many orders each location has sent to each destination, and how many none has sent yet.
select store_id, ship_country, ship_province, location_id, sum(shipments)::bigint as shipments
from {{ ref('int_destination_days__counted') }}
group by store_id, ship_country, ship_province, location_id
