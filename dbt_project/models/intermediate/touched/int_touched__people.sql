{{ config(indexes=[{'columns': ['customer_key'], 'unique': true}]) }}

-- People who must be described anew: with touched orders, with a record told again or made since the day published last, and
-- those who became one person with somebody, or are one no longer.
{% if builds_anew() %}
select cast(null as text) as customer_key where false
{% else %}
with told as (
    select customer_key from {{ ref('int_touched__people_before') }}
    union
    select customers.customer_key
    from {{ ref('stg_shopify__customers') }} as customers
    inner join {{ touched_scopes('shopify', 'customers') }} as touched on touched.scope = customers.customer_id
    union
    select customer_key from {{ ref('stg_shopify__customers') }}
    where created_at between {{ published_end() }} and 'infinity'
    union
    select key from {{ ref('int_touched__inputs') }} where kind = 'alias'
)

select customer_key from {{ ref('int_touched__customers') }}
union
select customer_key from told where customer_key is not null
union
select aliases.customer_key
from {{ source('ops', 'customer_alias') }} as aliases
inner join told on told.customer_key = aliases.alias_key
union
select used.hash
from {{ as_it_was('int_inputs__used', 'kind text, key text, hash text') }} as used
inner join told on used.kind = 'alias' and told.customer_key = used.key
{% endif %}
