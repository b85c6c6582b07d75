-- Days of a store on which somebody looked at, added or checked out something else than the last build knew.
{% if builds_anew() %}
select store_id, business_date from {{ ref('int_events__sessioned') }} where false
{% else %}
{%- set used = as_it_was(
    'int_looks__used',
    'store_id text, product_id text, business_date date, customer_key text, metric_name text, events bigint'
) %}
with looks as (
    {{ daily_looks() }}
),

changed as (
    (select * from looks except select * from {{ used }} as used)
    union all
    (select * from {{ used }} as used except select * from looks)
)

select distinct store_id, business_date from changed
{% endif %}
