{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Where each order goes and which locations have sent it: one row per location, and one without while none has.
with sent as (
    select distinct order_id, location_id
    from {{ of_touched(ref('stg_shopify__fulfillments'), 'orders') }} as fulfillments
    where status = 'SUCCESS' and created_at < {{ as_of_end() }}
)

select
    orders.order_id,
    orders.store_id,
    orders.business_date,
    coalesce(orders.ship_country, '') as ship_country,
    coalesce(orders.ship_province, '') as ship_province,
    sent.location_id
from {{ of_touched(ref('int_orders__dated'), 'orders') }} as orders
left join sent on sent.order_id = orders.order_id
