-- The location that has shipped most orders to a destination is its preferred one: no list to maintain, and
-- a stock-out that sends some parcels from elsewhere does not move it.
select distinct on (store_id, ship_country, ship_province)
    store_id,
    ship_country,
    ship_province,
    location_id,
    shipments
from {{ ref('int_destinations__counted') }}
where location_id is not null and ship_country <> ''
order by store_id, ship_country, ship_province, shipments desc, location_id
