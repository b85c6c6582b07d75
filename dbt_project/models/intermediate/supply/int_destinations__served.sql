-- The location that serves each destination of a shop first, marketplace orders that leave its warehouses included. What the
-- seed says of a country wins (its province before its '*'); unnamed countries go where most of the shop's parcels came
-- from, then to the seed's default, then to its first location. A shop is served by its own locations only, never by a
-- marketplace's. Join on the store's stock_store_id, coalesce(ship_country, '') and coalesce(ship_province, '').
with shipped_to as (
    select distinct store_id, ship_country, ship_province from {{ ref('int_destinations__counted') }}
),

destinations as (
    select distinct
        stores.stock_store_id as store_id,
        shipped_to.ship_country as country,
        shipped_to.ship_province as province
    from shipped_to
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = shipped_to.store_id
    where stores.stock_store_id is not null
),

locations as (
    select
        *,
        row_number() over (partition by store_id order by location_code, location_id) as place
    from {{ ref('dim_location') }}
    where is_active and stock_authority <> 'marketplace'
),

ruled as (
    select distinct on (destinations.store_id, destinations.country, destinations.province)
        destinations.store_id,
        destinations.country,
        destinations.province,
        locations.location_id,
        locations.location_code,
        rules.country <> '*' as is_exact
    from destinations
    inner join {{ ref('preferred_location') }} as rules
        on rules.country in (destinations.country, '*')
        and rules.province in (destinations.province, '*')
    inner join locations
        on rules.location_code = locations.location_code
        and destinations.store_id = locations.store_id
    order by
        destinations.store_id,
        destinations.country,
        destinations.province,
        (rules.country = '*'),
        (rules.province = '*'),
        locations.place
),

habitual as (
    select distinct on (shipped.store_id, shipped.ship_country, shipped.ship_province)
        shipped.store_id,
        shipped.ship_country as country,
        shipped.ship_province as province,
        locations.location_id,
        locations.location_code
    from {{ ref('int_destinations__preferred') }} as shipped
    inner join locations
        on shipped.location_id = locations.location_id
        and shipped.store_id = locations.store_id
    order by shipped.store_id, shipped.ship_country, shipped.ship_province, shipped.shipments desc, locations.place
)

select
    destinations.store_id,
    destinations.country,
    destinations.province,
    case
        when ruled.is_exact then ruled.location_id
        else coalesce(habitual.location_id, ruled.location_id, fallback.location_id)
    end as location_id,
    case
        when ruled.is_exact then ruled.location_code
        else coalesce(habitual.location_code, ruled.location_code, fallback.location_code)
    end as location_code
from destinations
left join ruled
    on destinations.store_id = ruled.store_id
    and destinations.country = ruled.country
    and destinations.province = ruled.province
left join habitual
    on destinations.store_id = habitual.store_id
    and destinations.country = habitual.country
    and destinations.province = habitual.province
left join locations as fallback
    on destinations.store_id = fallback.store_id
    and fallback.place = 1
