{#- Records that must be computed anew: (account, scope) of which new loads tell something else, or that were erased or
    deleted since the last publication; told once per build (ops.note_touched). For incremental models: delete these
    parents, insert them again. What is deleted is told by its name alone: where accounts may tell of the same one (a source's
    `meta: {accounts_share_names: true}`), it is touched in all of them. -#}
{% macro touched_scopes(source_name, stream) -%}
    {%- if _accounts_share_names(source_name, stream) -%}
    (
        select distinct accounts.account, touched.scope
        from ops.touched_scope as touched
        cross join (
            select distinct account from raw.load_log where source = '{{ source_name }}' and stream = '{{ stream }}'
        ) as accounts
        where touched.source = '{{ source_name }}' and touched.stream = '{{ stream }}'
    )
    {%- else -%}
    (select account, scope from ops.touched_scope where source = '{{ source_name }}' and stream = '{{ stream }}')
    {%- endif -%}
{%- endmacro %}

{% macro _accounts_share_names(source_name, stream) -%}
    {%- if execute -%}
        {%- for table in graph.sources.values() if table.source_name == source_name and table.name == stream -%}
            {{ return(table.config.meta.get('accounts_share_names', false)) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}

{#- Deletes what an incremental model holds of touched records, before their rows are computed anew: a record
    whose last child vanished inserts nothing that could replace it. -#}
{% macro forget_scopes(source_name, stream, key) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} in (select scope from {{ touched_scopes(source_name, stream) }} as touched)
    {%- endif -%}
{%- endmacro %}

{#- Whatever happened from this moment on is new to this build: the end of the day published last, or the first day whose
    exchange rates are not what they were. As a condition, with both its ends, or the planner takes a third of all that ever
    happened to be new and reads it whole. -#}
{% macro since_then() -%}
    between (
        select least({{ published_end() }}, min(key::date) - interval '1 day')
        from {{ ref('int_touched__inputs') }} where kind = 'rates'
    ) and 'infinity'
{%- endmacro %}
