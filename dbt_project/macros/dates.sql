{#- The instant at which a local day ends: the next midnight of that zone. -#}
{% macro day_end(day, zone) -%}
    {{ return(adapter.dispatch('day_end')(day, zone)) }}
{%- endmacro %}

{% macro default__day_end(day, zone) -%}
    (cast({{ day }} + 1 as timestamp) at time zone {{ zone }})
{%- endmacro %}
