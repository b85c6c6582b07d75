{{ config(materialized='view') }}

-- Events of known people with the store they happened in and its day. What belongs to no store we know (a variant deleted
-- long ago) happened in the shop where most of the rest did.
select
    events.event_id,
    events.told_event_id,
    events.customer_key,
    stores.store_id,
    events.variant_id,
    events.product_id,
    events.checkout_id,
    events.metric_name,
    events.quantity,
    {{ local_date('events.occurred_at', 'stores.iana_timezone') }} as business_date,
    events.occurred_at
from {{ ref('int_events__recognised') }} as events
cross join {{ ref('int_shops__usual') }} as usual
inner join {{ ref('int_stores__known') }} as stores
    on coalesce(events.known_store_id, usual.store_id) = stores.store_id
