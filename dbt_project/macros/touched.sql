{#- Keeps only the children of touched parents on an incremental run; everything on a full one. Goes with the
    pre-hook `forget_scopes`, which has just deleted what the model held of them. -#}
{% macro where_touched(source_name, stream, parent_key) -%}
    {%- if is_incremental() %}
    where {{ parent_key }} in (
        select scope from {{ touched_scopes(source_name, stream) }} as touched
    )
    {%- endif -%}
{%- endmacro %}
