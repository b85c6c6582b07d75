{{ config(indexes=[{'columns': ['customer_key'], 'unique': true}]) }}

-- People whose events are recognised anew: those to whom an event belonged or belongs that is told again, is new, is told
-- under a key that became somebody else's, or tells of goods of which we knew something else.
{% if builds_anew() %}
select cast(null as text) as customer_key where false
{% else %}
with inputs as (
    select kind, key from {{ ref('int_touched__inputs') }}
),

events as not materialized (
    select told_event_id, customer_key, variant_id, product_id, sku, occurred_at from {{ ref('stg_klaviyo__events') }}
),

touched as (
    select scope as told_event_id from {{ touched_scopes('klaviyo', 'events') }} as scopes
    union
    {#- With both its ends, or the planner takes a third of all that ever happened to be new and reads it whole. #}
    select told_event_id from events where occurred_at between {{ published_end() }} and 'infinity'
    {%- for kind, column in [
        ('alias', 'customer_key'), ('variant', 'variant_id'), ('product', 'product_id'), ('placed_sku', 'sku')
    ] %}
    union
    select told_event_id from events inner join inputs on inputs.kind = '{{ kind }}' and inputs.key = events.{{ column }}
    {%- endfor %}
)

select events.customer_key
from {{ as_it_was('int_events__recognised', 'told_event_id text, customer_key text') }} as events
inner join touched on touched.told_event_id = events.told_event_id
where events.customer_key is not null
union
select coalesce(aliases.customer_key, events.customer_key)
from events
inner join touched on touched.told_event_id = events.told_event_id
left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = events.customer_key
where events.customer_key is not null
{% endif %}
