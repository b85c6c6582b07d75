{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What every parcel of a sale cost, by the shop's table for its carrier, service and destination on the day of the
-- label. A carrier's invoice would know better; a parcel that no row covers has no cost, not a cost of zero.
with parcels as (
    select
        parcels.shipment_id,
        parcels.order_id,
        parcels.carrier,
        parcels.service,
        orders.store_id,
        orders.currency,
        coalesce(orders.ship_country, '') as ship_country,
        {{ local_date('parcels.label_created_at', 'orders.iana_timezone') }} as business_date
    from {{ of_touched(ref('int_parcels__matched'), 'orders') }} as parcels
    inner join {{ of_touched(ref('int_orders__totalled'), 'orders') }} as orders
        on orders.order_id = parcels.order_id and orders.is_sale
),

-- Looked up once per service, destination and day, not once per parcel.
asked as (
    select distinct carrier, service, ship_country, currency, business_date
    from parcels
),

priced as materialized (
    select distinct on (asked.carrier, asked.service, asked.ship_country, asked.currency, asked.business_date)
        asked.*,
        costs.cost_amount,
        costs.currency as cost_currency,
        costs.is_estimate
    from asked
    inner join {{ ref('shipping_costs') }} as costs
        on costs.carrier in (asked.carrier, '*')
        and costs.service in (asked.service, '*')
        and costs.country in (asked.ship_country, '*')
        and {{ holds_on('costs', 'asked.business_date') }}
    order by
        asked.carrier, asked.service, asked.ship_country, asked.currency, asked.business_date,
        (costs.carrier = '*'), (costs.service = '*'), (costs.country = '*'),
        {{ nearest_currency('costs', 'asked.currency') }}
),

converted as (
    select
        priced.*,
        {{ fx_rate('cost_fx', 'priced.cost_currency') }} as cost_rate,
        {{ fx_rate('order_fx', 'priced.currency') }} as order_rate
    from priced
    {{ join_fx('cost_fx', 'priced.cost_currency', 'priced.business_date') }}
    {{ join_fx('order_fx', 'priced.currency', 'priced.business_date') }}
)

select
    parcels.shipment_id,
    parcels.order_id,
    parcels.store_id,
    parcels.business_date,
    parcels.currency,
    {{ in_currency(
        'converted.cost_amount', 'converted.cost_currency', 'converted.cost_rate',
        'parcels.currency', 'converted.order_rate'
    ) }} as cost_amount,
    {{ in_reporting('converted.cost_amount', 'converted.cost_rate') }} as cost_reporting_amount,
    coalesce(converted.is_estimate, false) as is_estimate
from parcels
left join converted
    on converted.carrier = parcels.carrier
    and converted.service = parcels.service
    and converted.ship_country = parcels.ship_country
    and converted.currency = parcels.currency
    and converted.business_date = parcels.business_date
