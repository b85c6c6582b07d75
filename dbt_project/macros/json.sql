{#-
    Reading JSON payloads: one pass over the document, every column typed, bad values an error.

    `shred('payload', '$.lineItems.nodes[*]', {'sku': 'text $.sku'})` is a table expression with one row
    per match of the row path. A missing path or a JSON null is NULL; a value of the wrong type fails
    the model instead of turning into NULL silently. The shape 'for ordinality' counts the rows from 1.
    SQL/JSON's own JSON_TABLE does the work, so each document is detoasted once however many columns are
    taken from it.
-#}
{% macro shred(document, row_path, columns) -%}
    {{ return(adapter.dispatch('shred')(document, row_path, columns)) }}
{%- endmacro %}

{% macro default__shred(document, row_path, columns) -%}
    json_table({{ document }}, '{{ row_path }}' columns (
        {%- for name, shape in columns.items() %}
        {%- set type, path = (shape ~ ' $').split(' $')[:2] %}
        {{ name }} {{ type if not path else type ~ " path '$" ~ path ~ "' error on error" }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    ))
{%- endmacro %}


{#- The same for a list of things that have names of their own (`key`, of the columns): of two of one name the one told last
    counts, else their table would refuse both and all others with them. Their place in the list is `position`. -#}
{% macro shred_once(document, row_path, key, columns) -%}
    {{ return(adapter.dispatch('shred_once')(document, row_path, key, columns)) }}
{%- endmacro %}

{% macro default__shred_once(document, row_path, key, columns) -%}
    (
        select distinct on ({{ key }}) *
        from {{ shred(document, row_path, dict(columns, position='for ordinality')) }} as told
        order by {{ key }}, position desc
    )
{%- endmacro %}

{#- Whether the JSON list of strings (Shopify's tags) holds this one. -#}
{% macro has_tag(tags, tag) -%}
    {{ return(adapter.dispatch('has_tag')(tags, tag)) }}
{%- endmacro %}

{% macro default__has_tag(tags, tag) -%}
    coalesce({{ tags }} ? '{{ tag }}', false)
{%- endmacro %}


{#- What follows `prefix` in the first tag that starts with it and matches the pattern, else NULL.
    `tag_value('tags', 'deliver-by:', '\d{4}-\d{2}-\d{2}')` of ["deliver-by:2026-10-09"] is '2026-10-09'. -#}
{% macro tag_value(tags, prefix, pattern) -%}
    {{ return(adapter.dispatch('tag_value')(tags, prefix, pattern)) }}
{%- endmacro %}

{% macro default__tag_value(tags, prefix, pattern) -%}
    substring({{ tags }}::text from '"{{ prefix }}({{ pattern }})"')
{%- endmacro %}


{#- The same as a day; NULL for one that no calendar has, which somebody typed. -#}
{% macro tag_date(tags, prefix) -%}
    case
        when pg_input_is_valid({{ tag_value(tags, prefix, '\\d{4}-\\d{2}-\\d{2}') }}, 'date')
            then {{ tag_value(tags, prefix, '\\d{4}-\\d{2}-\\d{2}') }}::date
    end
{%- endmacro %}
