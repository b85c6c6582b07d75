{#- Records that must be computed anew: (account, scope) of which new loads tell something else, or that were erased or
    deleted since the last publication; told once per build (ops.note_touched). For incremental models: delete these
    parents, insert them again. -#}
{% macro touched_scopes(source_name, stream) -%}
    (select account, scope from ops.touched_scope where source = '{{ source_name }}' and stream = '{{ stream }}')
{%- endmacro %}

{#- Deletes what an incremental model holds of touched records, before their rows are computed anew: a record
    whose last child vanished inserts nothing that could replace it. -#}
{% macro forget_scopes(source_name, stream, key) -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ key }} in (select scope from {{ touched_scopes(source_name, stream) }} as touched)
    {%- endif -%}
{%- endmacro %}
