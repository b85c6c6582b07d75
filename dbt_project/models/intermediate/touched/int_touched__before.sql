-- What the touched orders were when they were last built: whose, and on which days they counted. They may have moved.
{% if builds_anew() %}
select
    cast(null as text) as order_id, cast(null as text) as customer_key,
    cast(null as text) as store_id, cast(null as date) as business_date
where false
{% else %}
with touched as (
    select order_id from {{ ref('int_touched__orders') }}
)

select orders.order_id, orders.customer_key, orders.store_id, orders.business_date
from {{ as_it_was('int_orders__dated', 'order_id text, customer_key text, store_id text, business_date date') }} as orders
inner join touched on touched.order_id = orders.order_id
union all
select lines.order_id, cast(null as text), lines.store_id, lines.refund_date
from {{ as_it_was('int_refund_lines__booked', 'order_id text, store_id text, refund_date date') }} as lines
inner join touched on touched.order_id = lines.order_id
union all
select parcels.order_id, cast(null as text), parcels.store_id, parcels.business_date
from {{ as_it_was('int_parcels__costed', 'order_id text, store_id text, business_date date') }} as parcels
inner join touched on touched.order_id = parcels.order_id
union all
select entries.order_id, cast(null as text), entries.store_id, entries.business_date
from {{ as_it_was('int_vendor_entries__shown', 'order_id text, store_id text, business_date date') }} as entries
inner join touched on touched.order_id = entries.order_id
{% endif %}
