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
