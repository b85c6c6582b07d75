{{ config(indexes=[{'columns': ['customer_key'], 'unique': true}]) }}

-- People whose visits are told anew: whose events were recognised anew, or who were in a store that is not what it was (it
-- has another time zone), or did something of which no store is known, now that another shop is the usual one.
{% if builds_anew() %}
select cast(null as text) as customer_key where false
{% else %}
with stores as (
    select key as store_id from {{ ref('int_touched__inputs') }} where kind = 'store'
),

usual as (
    select
        (select store_id from {{ ref('int_shops__usual') }}) as store_id,
        (select store_id from {{ as_it_was('int_shops__used', 'store_id text') }} as used) as used_store_id
),

moved as (
    select usual.store_id
    from usual
    where usual.store_id is distinct from usual.used_store_id or usual.store_id in (select store_id from stores)
)

select customer_key from {{ ref('int_touched__recognised') }}
union
select visitors.customer_key
from stores
inner join {{ ref('int_visitors__counted') }} as visitors on visitors.known_store_id = stores.store_id
union
select customer_key
from {{ ref('int_visitors__counted') }}
where known_store_id is null and exists (select from moved)
{% endif %}
