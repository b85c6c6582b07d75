-- The location that has shipped most orders to a destination is its preferred one: no list to maintain, and
-- a stock-out that sends some parcels from elsewhere does not move it.
with shipped as (
    select distinct
        orders.order_id,
        orders.store_id,
        orders.ship_country,
        orders.ship_province,
        fulfillments.location_id
    from {{ ref('int_orders__dated') }} as orders
    inner join {{ ref('stg_shopify__fulfillments') }} as fulfillments
        on fulfillments.order_id = orders.order_id
        and fulfillments.status = 'SUCCESS'
        and fulfillments.created_at < {{ as_of_end() }}
    where fulfillments.location_id is not null and orders.ship_country is not null
),

counted as (
    select
        store_id,
        ship_country,
        coalesce(ship_province, '') as ship_province,
        location_id,
        count(*) as shipments
    from shipped
    group by store_id, ship_country, coalesce(ship_province, ''), location_id
)

select distinct on (store_id, ship_country, ship_province)
    store_id,
    ship_country,
    ship_province,
    location_id,
    shipments
from counted
order by store_id, ship_country, ship_province, shipments desc, location_id
