{#- What dbt's generic tests look at, in dbt's own place for it: of a published table that knows what was touched a nightly
    build tests those rows, since the others were tested when they were made; a full refresh tests all. Whether a value is
    unique cannot be told from some rows. Each list is asked for by itself: of two at once the whole table would be read. -#}
{% macro get_where_subquery(relation) -%}
    {%- set where = config.get('where') or 'true' -%}
    {%- set touched = _touched_rows(relation) if execute and model.test_metadata.name != 'unique' else [] -%}
    {%- if touched and only_touched() -%}
    (
        {%- for condition in touched %}
        select * from {{ relation }} as tested
        where ({{ where }}) and {{ condition }}
        {%- for earlier in touched[:loop.index0] %} and ({{ earlier }}) is not true {%- endfor %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as dbt_subquery
    {%- elif config.get('where') -%}
    (select * from {{ relation }} as tested where {{ where }}) as dbt_subquery
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- A condition for each list of what was touched of a published table, by the columns the two have in common, as the
    publication compares them; none for any other relation. -#}
{% macro _touched_rows(relation) -%}
    {%- set conditions = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == relation.identifier -%}
        {%- set lists = node.config.get('meta', {}).get('publish', {}).get('touched', []) -%}
        {%- for list in ([lists] if lists is string else lists) -%}
            {%- set common = [] -%}
            {%- for column in touched_key(list | replace('int_touched__', '')).split(', ') if column in node.columns -%}
                {%- do common.append(column) -%}
            {%- endfor -%}
            {%- set key = common | join(', ') -%}
            {%- do conditions.append(_among_touched('tested', key, as_it_was(list), key)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions) }}
{%- endmacro %}
