-- What the last build knew of the looks of touched people, and of those erased since then.
{% if builds_anew() %}
select
    cast(null as text) as store_id, cast(null as text) as product_id, cast(null as date) as business_date,
    cast(null as text) as customer_key, cast(null as text) as metric_name, cast(null as bigint) as events
where false
{% else %}
{%- set sessioned = as_it_was(
    'int_events__sessioned', 'store_id text, product_id text, business_date date, customer_key text, metric_name text'
) %}
with held as (
    select sessioned.*
    from {{ sessioned }} as sessioned
    inner join {{ ref('int_touched__visitors') }} as people on people.customer_key = sessioned.customer_key
    union all
    select * from {{ sessioned }} as sessioned where customer_key is null
)

{{ daily_looks('held') }}
{% endif %}
