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
