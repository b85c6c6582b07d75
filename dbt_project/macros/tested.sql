{#- What dbt's generic tests look at, in dbt's own place for it: of a published table that knows what was touched a nightly
    build tests those rows, since the others were tested when they were made; a full refresh tests all. Whether a value is
    unique cannot be told from some rows. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] if config.get('where') else [] -%}
    {%- set lists = _touched_lists(relation) if execute and model.test_metadata.name != 'unique' else [] -%}
    {%- if lists and only_touched() -%}
        {%- set either = [] -%}
        {%- for list in lists -%}
            {%- set what = list | replace('int_touched__', '') -%}
            {%- set touched = api.Relation.create(database=target.database, schema=target.schema, identifier=list) -%}
            {%- do either.append(_among_touched('tested', touched_key(what), touched, touched_key(what))) -%}
        {%- endfor -%}
        {%- do conditions.append('(' ~ either | join(' or ') ~ ')') -%}
    {%- endif -%}
    {%- if conditions -%}
    (select * from {{ relation }} as tested where {{ conditions | join(' and ') }}) as dbt_subquery
    {%- else -%}
    {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- The models that list which rows of a published table were touched; none for any other relation. -#}
{% macro _touched_lists(relation) -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and node.name == relation.identifier -%}
        {%- set lists = node.config.get('meta', {}).get('publish', {}).get('touched', []) -%}
        {{ return([lists] if lists is string else lists) }}
    {%- endfor -%}
    {{ return([]) }}
{%- endmacro %}
