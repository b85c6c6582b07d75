-- The preferred location of every destination we ever shipped to, and its time zone. What the seed says of a country
-- wins (its province before its '*'); unnamed countries go where most of their parcels came from, then to the seed's
-- default, then to the first location. Join on coalesce(ship_country, '') and coalesce(ship_province, '').
with destinations as (
    select distinct
        coalesce(ship_country, '') as country,
        coalesce(ship_province, '') as province
    from {{ ref('stg_shopify__orders') }}
),

locations as (
    select
        *,
        row_number() over (order by location_code, location_id) as place
    from {{ ref('dim_location') }}
    where is_active
),

ruled as (
    select distinct on (destinations.country, destinations.province)
        destinations.country,
        destinations.province,
        locations.location_id,
        locations.location_code,
        rules.country <> '*' as is_exact
    from destinations
    inner join {{ ref('preferred_location') }} as rules
        on rules.country in (destinations.country, '*')
        and rules.province in (destinations.province, '*')
    inner join locations on rules.location_code = locations.location_code
    order by
        destinations.country,
        destinations.province,
        (rules.country = '*'),
        (rules.province = '*'),
        locations.place
),

habitual as (
    select distinct on (shipped.ship_country, shipped.ship_province)
        shipped.ship_country as country,
        shipped.ship_province as province,
        locations.location_id,
        locations.location_code
    from {{ ref('int_destinations__preferred') }} as shipped
    inner join locations on shipped.location_id = locations.location_id
    order by shipped.ship_country, shipped.ship_province, shipped.shipments desc, locations.place
),

zones as (
    select distinct on (destinations.country, destinations.province)
        destinations.country,
        destinations.province,
        zones.timezone
    from destinations
    inner join {{ ref('destination_timezones') }} as zones
        on destinations.country = zones.country
        and zones.province in (destinations.province, '*')
    order by destinations.country, destinations.province, (zones.province = '*')
)

select
    destinations.country,
    destinations.province,
    case
        when ruled.is_exact then ruled.location_id
        else coalesce(habitual.location_id, ruled.location_id, fallback.location_id)
    end as location_id,
    case
        when ruled.is_exact then ruled.location_code
        else coalesce(habitual.location_code, ruled.location_code, fallback.location_code)
    end as location_code,
    coalesce(zones.timezone, {{ company('timezone') }}) as timezone
from destinations
left join ruled
    on destinations.country = ruled.country
    and destinations.province = ruled.province
left join habitual
    on destinations.country = habitual.country
    and destinations.province = habitual.province
left join zones
    on destinations.country = zones.country
    and destinations.province = zones.province
left join locations as fallback on fallback.place = 1
