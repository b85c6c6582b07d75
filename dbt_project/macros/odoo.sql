{#- Odoo answers `false` for every empty field and `[id, name]` for a link: read through these. -#}

{% macro odoo_text(field, payload='payload') -%}
    {{ return(adapter.dispatch('odoo_text')(field, payload)) }}
{%- endmacro %}

{% macro default__odoo_text(field, payload) -%}
    case when jsonb_typeof({{ payload }} -> '{{ field }}') in ('string', 'number') then nullif({{ payload }} ->> '{{ field }}', '') end
{%- endmacro %}

{#- What people call a record; one without a name is told by its number. -#}
{% macro odoo_name() -%}
    coalesce({{ odoo_text('name') }}, 'no name, ' || (payload ->> 'id'))
{%- endmacro %}

{% macro odoo_number(field, payload='payload') -%}
    {{ return(adapter.dispatch('odoo_number')(field, payload)) }}
{%- endmacro %}

{% macro default__odoo_number(field, payload) -%}
    case when jsonb_typeof({{ payload }} -> '{{ field }}') = 'number' then ({{ payload }} ->> '{{ field }}')::numeric end
{%- endmacro %}

{#- A plain flag: false when absent. -#}
{% macro odoo_flag(field, payload='payload') -%}
    coalesce(({{ payload }} -> '{{ field }}') = 'true'::jsonb, false)
{%- endmacro %}

{#- Odoo writes instants without a zone, in UTC: '2026-11-20 14:05:00'. -#}
{% macro odoo_instant(field, payload='payload') -%}
    ({{ odoo_text(field, payload) }})::timestamp at time zone 'UTC'
{%- endmacro %}

{#- The id behind a link [7, "Acme"], as text; null when the field is empty. -#}
{% macro odoo_link(field, payload='payload') -%}
    {{ return(adapter.dispatch('odoo_link')(field, payload)) }}
{%- endmacro %}

{% macro default__odoo_link(field, payload) -%}
    case jsonb_typeof({{ payload }} -> '{{ field }}')
        when 'array' then {{ payload }} -> '{{ field }}' ->> 0
        when 'number' then {{ payload }} ->> '{{ field }}'
    end
{%- endmacro %}

{#- The name behind a link [7, "Acme"]. -#}
{% macro odoo_link_name(field, payload='payload') -%}
    case when jsonb_typeof({{ payload }} -> '{{ field }}') = 'array' then {{ payload }} -> '{{ field }}' ->> 1 end
{%- endmacro %}
