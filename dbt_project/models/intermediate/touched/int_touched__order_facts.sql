{{ config(indexes=[{'columns': ['order_id'], 'unique': true}]) }}

-- Orders whose published facts must be written anew: the touched ones, and those that an order beside them made the first of
-- its person, or no longer the first, or whose destination is now served from elsewhere.
{% if builds_anew() %}
select cast(null as text) as order_id where false
{% else %}
select order_id from {{ ref('int_touched__orders') }}
union
select facts.order_id
from {{ as_it_was('fct_orders', 'order_id text, customer_key text, is_new_customer boolean') }} as facts
inner join {{ ref('int_touched__customers') }} as people on people.customer_key = facts.customer_key
left join {{ ref('int_orders__ranked') }} as ranked on ranked.order_id = facts.order_id
where facts.is_new_customer and ranked.is_new_customer is not true
union
select facts.order_id
from {{ ref('int_orders__ranked') }} as ranked
inner join {{ ref('int_touched__customers') }} as people on people.customer_key = ranked.customer_key
inner join {{ as_it_was('fct_orders', 'order_id text, is_new_customer boolean') }} as facts on facts.order_id = ranked.order_id
where ranked.is_new_customer and facts.is_new_customer is not true
union
select facts.order_id
from {{ as_it_was('fct_orders', 'order_id text, store_id text, ship_country text, ship_province text') }} as facts
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = facts.store_id
inner join {{ ref('int_touched__destinations') }} as destinations
    on destinations.store_id = stores.stock_store_id
    and destinations.country = coalesce(facts.ship_country, '')
    and destinations.province = coalesce(facts.ship_province, '')
{% endif %}
