-- Days of a store on which somebody looked at, added or checked out something else than the last build knew.
{% if builds_anew() %}
select store_id, business_date from {{ ref('int_events__sessioned') }} where false
{% else %}
with told as (
    select events.*
    from {{ ref('int_events__sessioned') }} as events
    inner join {{ ref('int_touched__visitors') }} as people on people.customer_key = events.customer_key
),

looks as (
    {{ daily_looks('told') | indent(4) }}
),

before as (
    select * from {{ ref('int_touched__looks_before') }}
),

changed as (
    (select * from looks except select * from before)
    union all
    (select * from before except select * from looks)
)

select distinct store_id, business_date from changed
{% endif %}
