{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}],
    pre_hook="{{ forget_touched('parcel_days') }}",
) }}

-- How many parcels left with each service on a day, and how many of them with any promise.
select
    carrier,
    service,
    business_date,
    count(*) as shipped,
    count(promised_date) as promised
from {{ of_touched(ref('int_shipments__judged'), 'parcel_days') }} as parcels
group by carrier, service, business_date
