{#- What dbt's generic tests look at, in dbt's own place for it: of a published table that knows what was touched a nightly
    build tests those rows, since the others were tested when they were made; a full refresh tests all. Whether a value is
    unique cannot be told from some rows. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] if config.get('where') else [] -%}
    {%- set touched = _touched_rows(relation) if execute and model.test_metadata.name != 'unique' else [] -%}
    {%- if touched and only_touched() -%}
        {%- do conditions.append('(' ~ touched | join(' or ') ~ ')') -%}
    {%- endif -%}
    {%- if conditions -%}
    (select * from {{ relation }} as tested where {{ conditions | join(' and ') }}) as dbt_subquery
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
