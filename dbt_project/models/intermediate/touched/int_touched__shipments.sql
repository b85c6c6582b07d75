{{ config(indexes=[{'columns': ['order_id'], 'unique': true}]) }}

-- Orders whose parcels are judged anew: the touched ones, and those with a parcel that time itself changes: under way or
-- lost, with a claim that can still be filed, or grown older than the calendar of open days reaches.
{% if builds_anew() %}
select cast(null as text) as order_id where false
{% else %}
select order_id from {{ ref('int_touched__orders') }}
union
select order_id from {{ as_it_was('int_shipments__judged', 'order_id text, tracker_id text, is_delivered boolean, business_date date') }} as judged
where tracker_id is not null and not is_delivered
union
select order_id from {{ as_it_was('fct_shipments', 'order_id text, claim_status text') }} as shipments
where claim_status = 'claimable'
union
select order_id from {{ as_it_was('int_shipments__judged', 'order_id text, tracker_id text, is_delivered boolean, business_date date') }} as judged
where business_date between {{ published_day() }} - 801 and {{ as_of_day() }} - 799
{% endif %}
