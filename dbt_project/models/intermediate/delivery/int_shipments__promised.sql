{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

-- The original promise of every parcel and who made it: the checkout or the marketplace, else our service table counted
-- from the day the parcel was handed over (on the calendar of where it left), else the carrier's first estimate. Promises
-- are local days at the destination.
with goods as (
    select order_id, sum(net_amount) as net_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'shipments') }} as lines
    group by order_id
),

parcels as (
    select
        parcels.*,
        orders.order_name,
        orders.paid_at,
        orders.ordered_at,
        orders.promised_date as checkout_date,
        orders.marketplace_promised_date as marketplace_date,
        orders.ship_country,
        orders.ship_province,
        orders.currency,
        -- a marketplace tells no subtotal
        coalesce(orders.subtotal_amount, goods.net_amount) as subtotal_amount,
        orders.total_shipping_amount,
        orders.iana_timezone,
        coalesce(locations.location_code, 'unknown') as location_code,
        coalesce(locations.country, {{ company('country') }}) as origin_country,
        {{ local_date('parcels.label_created_at', 'orders.iana_timezone') }} as business_date,
        count(*) over (partition by parcels.order_id) as parcels_of_order
    from {{ of_touched(ref('int_parcels__matched'), 'shipments') }} as parcels
    inner join {{ of_touched(ref('int_orders__dated'), 'shipments') }} as orders on parcels.order_id = orders.order_id
    left join {{ ref('dim_location') }} as locations on parcels.location_id = locations.location_id
    left join goods on parcels.order_id = goods.order_id
    where not orders.is_test
),

-- Looked up once per service, way and day, not once per parcel.
asked as (
    select distinct carrier, service, origin_country, ship_country, business_date
    from parcels
),

levels as materialized (
    select distinct on (asked.carrier, asked.service, asked.origin_country, asked.ship_country, asked.business_date)
        asked.*,
        levels.transit_business_days
    from asked
    inner join {{ ref('service_levels') }} as levels
        on levels.carrier in (asked.carrier, '*')
        and levels.service in (asked.service, '*')
        and levels.country in (asked.ship_country, '*')
        and asked.business_date >= levels.valid_from
        and (levels.valid_to is null or asked.business_date < levels.valid_to)
    order by
        asked.carrier, asked.service, asked.origin_country, asked.ship_country, asked.business_date,
        (levels.carrier = '*'), (levels.service = '*'), (levels.country = '*'), levels.valid_from desc
),

service_dates as (
    select
        levels.*,
        arrivals.date_day as service_date
    from levels
    inner join {{ ref('int_business_days__numbered') }} as starts
        on levels.origin_country = starts.country
        and levels.business_date = starts.date_day
    inner join {{ ref('int_business_days__numbered') }} as arrivals
        on arrivals.is_open
        and arrivals.country = starts.country
        and arrivals.start_number = starts.start_number + levels.transit_business_days
),

zones as (
    select distinct on (places.ship_country, places.ship_province)
        places.ship_country,
        places.ship_province,
        zones.timezone
    from (select distinct ship_country, coalesce(ship_province, '') as ship_province from parcels) as places
    inner join {{ ref('destination_timezones') }} as zones
        on places.ship_country = zones.country
        and zones.province in (places.ship_province, '*')
    order by places.ship_country, places.ship_province, (zones.province = '*')
)

select
    parcels.*,
    coalesce(
        parcels.checkout_date, parcels.marketplace_date, service_dates.service_date, parcels.first_estimated_date
    ) as promised_date,
    case
        when parcels.checkout_date is not null then 'checkout'
        when parcels.marketplace_date is not null then 'marketplace'
        when service_dates.service_date is not null then 'service_level'
        when parcels.first_estimated_date is not null then 'carrier_estimate'
    end as promise_source,
    parcels.location_code
    || '→' || coalesce(parcels.ship_country, '??') || coalesce('-' || nullif(parcels.ship_province, ''), '') as lane,
    coalesce(zones.timezone, parcels.iana_timezone, {{ company('timezone') }}) as destination_timezone
from parcels
left join service_dates
    on parcels.carrier = service_dates.carrier
    and parcels.service = service_dates.service
    and parcels.origin_country = service_dates.origin_country
    and parcels.ship_country = service_dates.ship_country
    and parcels.business_date = service_dates.business_date
left join zones
    on parcels.ship_country = zones.ship_country
    and coalesce(parcels.ship_province, '') = zones.ship_province
