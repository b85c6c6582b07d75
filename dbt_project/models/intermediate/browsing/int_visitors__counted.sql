{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['known_store_id']}],
    pre_hook="{{ forget_touched('recognised') }}",
) }}

-- How much every person did in each store, and how much of which no store is known: what is asked of all events is asked here.
select
    customer_key,
    known_store_id,
    count(*) as events
from {{ of_touched(ref('int_events__recognised'), 'recognised') }} as events
group by customer_key, known_store_id
