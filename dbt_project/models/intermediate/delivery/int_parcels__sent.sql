{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['tracking_code']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- One row per fulfilment of a shop and package of a marketplace that has been sent. Shop and carrier write the carrier's
-- name each their own way (seed carrier_names).
-- Not before the last build's codes have been read: depends on {{ ref('int_touched__trackers') }}
with carriers as (
    select alias, carrier from {{ ref('carrier_names') }}
),

sent as (
    select
        fulfillment_id as shipment_id, order_id, store_id, location_id, carrier, null::text as service, tracking_code,
        created_at
    from {{ of_touched(ref('stg_shopify__fulfillments'), 'orders') }} as fulfillments
    where coalesce(status, '') not in ('CANCELLED', 'ERROR', 'FAILURE')
    union all
    select
        packages.package_id as shipment_id, packages.order_id, orders.store_id, null::text as location_id,
        packages.carrier, packages.service, packages.tracking_code, packages.shipped_at as created_at
    from {{ of_touched(ref('stg_amazon__packages'), 'orders') }} as packages
    inner join {{ ref('stg_amazon__orders') }} as orders on packages.order_id = orders.order_id
    where coalesce(packages.status, '') <> 'CANCELLED'
)

select
    sent.shipment_id,
    sent.order_id,
    sent.store_id,
    sent.location_id,
    sent.tracking_code,
    coalesce(carriers.carrier, sent.carrier, 'unknown') as carrier,
    sent.service,
    sent.created_at
from sent
left join carriers on {{ plain_name('sent.carrier') }} = carriers.alias
where sent.created_at < {{ as_of_end() }}
