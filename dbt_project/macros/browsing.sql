{#- Shopify's global id of a thing that others know by its bare number; what is no number stays as it is. -#}
{% macro shopify_gid(kind, reference) -%}
    {{ return(adapter.dispatch('shopify_gid')(kind, reference)) }}
{%- endmacro %}

{% macro default__shopify_gid(kind, reference) -%}
    case when {{ reference }} ~ '^[0-9]+$' then 'gid://shopify/{{ kind }}/' || {{ reference }} else {{ reference }} end
{%- endmacro %}

{#- How we read browsing: one place for every number of it. Why each value: docs/metrics.md. -#}
{% macro browsing_policy(name) -%}
    {%- set policy = {
        'session_gap_minutes': 30,
        'conversion_hours': 24,
        'interest_days': 28,
        'fewest_viewers': 20,
        'share_of_store_rate': 0.5,
    } -%}
    {%- if name not in policy -%}
        {{ exceptions.raise_compiler_error("browsing_policy knows no '" ~ name ~ "'; it knows " ~ policy.keys() | join(', ')) }}
    {%- endif -%}
    {{ policy[name] }}
{%- endmacro %}

{#- What was told of people, with the person that each is by now (`person_key`): told under their own keys and under those
    that became theirs. Of touched people only, where others are kept: key by key, by its index (`offset` keeps the planner
    from reading all that was ever told to find that of a few). -#}
{% macro told_of_touched(relation, what) -%}
    (
        select told.*, coalesce(aliases.customer_key, told.customer_key) as person_key
        {%- if only_touched() %}
        from (
            select customer_key as told_key from {{ _touched(what) }}
            union
            select others.alias_key
            from {{ source('ops', 'customer_alias') }} as others
            inner join {{ _touched(what) }} as people on people.customer_key = others.customer_key
        ) as keys
        cross join lateral (
            select * from {{ relation }} as events where events.customer_key = keys.told_key offset 0
        ) as told
        {%- else %}
        from {{ relation }} as told
        {%- endif %}
        left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = told.customer_key
        {%- if only_touched() %}
        where coalesce(aliases.customer_key, told.customer_key) in (select customer_key from {{ _touched(what) }})
        {%- endif %}
    )
{%- endmacro %}

{#- Who did what with which product on each day, as often as it was told. -#}
{% macro daily_looks(looks) -%}
    select store_id, product_id, business_date, customer_key, metric_name, count(*) as events
    from {{ looks }} as looks
    where product_id is not null
    group by store_id, product_id, business_date, customer_key, metric_name
{%- endmacro %}

{#- Looked at by enough people, of whom few bought by the measure of the whole store. -#}
{% macro is_viewed_not_bought(viewed, store_rate) -%}
    (
        {{ viewed }}.viewers_28d >= {{ browsing_policy('fewest_viewers') }}
        and coalesce(
            {{ viewed }}.viewers_who_bought_28d::numeric / nullif({{ viewed }}.viewers_28d, 0)
            <= {{ store_rate }} * {{ browsing_policy('share_of_store_rate') }}, false
        )
    )
{%- endmacro %}

{#- What happened on the days that count for one that is counted anew: all days when everything is. Day by day, by its
    index (`offset` keeps the planner from reading all that ever happened to find a few weeks of it). -#}
{% macro of_interest(relation) -%}
    {%- if only_touched() -%}
    (
        select happened.*
        from (
            select distinct touched.store_id, touched.business_date - earlier.days as business_date
            from {{ _touched('interest_days') }} as touched
            cross join generate_series(0, {{ browsing_policy('interest_days') }} - 1) as earlier (days)
        ) as days
        cross join lateral (
            select kept.* from {{ relation }} as kept
            where kept.store_id = days.store_id and kept.business_date = days.business_date
            offset 0
        ) as happened
    )
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}
