{{ config(indexes=[{'columns': ['tracker_id'], 'unique': true}]) }}

-- Trackers that are paired and whose scans are told anew: those with news, whoever follows or followed a parcel by the same
-- code, and those of the touched orders' parcels. Who follows one parcel shares its code, so both sides of a pair are here.
{% if builds_anew() %}
select cast(null as text) as tracker_id where false
{% else %}
with parcels as not materialized (
    {{ told_parcels(as_it_was('int_parcels__sent', 'order_id text, tracking_code text')) }}
),

codes as (
    select tracking_code from {{ ref('int_touched__tracker_codes') }}
    union
    select parcels.tracking_code
    from {{ ref('int_touched__orders') }} as orders
    inner join parcels on parcels.order_id = orders.order_id
),

known as not materialized (
    {{ told_trackers(as_it_was('int_trackers__paired', 'tracker_id text, tracking_code text')) }}
)

-- (`offset`: see int_touched__orders)
select told.tracker_id
from codes
cross join lateral (
    select tracker_id from known where known.tracking_code = codes.tracking_code offset 0
) as told
union
-- A tracker may have no code.
select tracker_id from {{ ref('int_touched__tracker_codes') }}
{% endif %}
