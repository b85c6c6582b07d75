{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('order_days') }}",
) }}

-- How many of a day's orders each location has sent to each destination, and how many none has sent yet.
select store_id, business_date, ship_country, ship_province, location_id, count(*) as shipments
from {{ of_touched(ref('int_orders__sent_from'), 'order_days') }} as sent
group by store_id, business_date, ship_country, ship_province, location_id
