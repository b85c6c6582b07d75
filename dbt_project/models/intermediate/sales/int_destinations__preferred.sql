-- The location that has shipped most orders to a destination is its preferred one: no list to maintain, and
-- a stock-out that sends some parcels from elsewhere does not move it.
with counted as (
    select store_id, ship_country, ship_province, location_id, count(*) as shipments
    from {{ ref('int_orders__sent_from') }}
    where location_id is not null and ship_country <> ''
    group by store_id, ship_country, ship_province, location_id
)

select distinct on (store_id, ship_country, ship_province)
    store_id,
    ship_country,
    ship_province,
    location_id,
    shipments
from counted
order by store_id, ship_country, ship_province, shipments desc, location_id
