{{ config(indexes=[{'columns': ['cart_id'], 'unique': true}]) }}

-- Carts that must be judged anew: told again, begun, changed or finished since the day published last ended, whenever that was
-- told, still open then, of a person with touched orders or who is somebody else by now, or in a store that changed.
{% if builds_anew() %}
select cast(null as text) as cart_id where false
{% else %}
{#- With both its ends: see since_then(). -#}
{%- set since_then = "between " ~ published_end() ~ " and 'infinity'" %}
with inputs as (
    select kind, key from {{ ref('int_touched__inputs') }}
),

known as not materialized (
    select * from {{ as_it_was('fct_abandoned_carts', 'cart_id text, customer_key text, state text, last_activity_at timestamptz') }} as carts
)

select scope as cart_id from {{ touched_scopes('shopify', 'abandoned_checkouts') }} as touched
union
select cart_id from {{ ref('stg_shopify__abandoned_checkouts') }} where created_at {{ since_then }}
union
select cart_id from {{ ref('stg_shopify__abandoned_checkouts') }} where updated_at {{ since_then }}
union
select cart_id from {{ ref('stg_shopify__abandoned_checkouts') }} where completed_at {{ since_then }}
union
select cart_id from known where state = 'open' and last_activity_at > {{ published_end() }} - interval '24 hours'
union
select known.cart_id
from known
inner join {{ ref('int_touched__customers') }} as people on people.customer_key = known.customer_key
union
select carts.cart_id
from {{ ref('stg_shopify__abandoned_checkouts') }} as carts
inner join inputs on inputs.kind = 'alias' and inputs.key = carts.customer_key
union
-- Whole stores are rare: their carts are read only when there is one.
select cart_id from {{ ref('stg_shopify__abandoned_checkouts') }}
where exists (select from inputs where kind = 'store') and store_id in (select key from inputs where kind = 'store')
{% endif %}
