{#- Everything dbt makes lies in the private schema `build`; publishing decides what leaves it. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ target.schema }}
{%- endmacro %}
