{#- A whole sum (macros/fx.sql) that is zero over no rows: nothing is nothing in every currency, and something without a
    rate is unknown. -#}
{% macro whole_sum_or_zero(amount, among='true') -%}
    case when count(*) filter (where {{ among }}) = 0 then 0 else {{ whole_sum(amount, among) }} end
{%- endmacro %}

{#- The column of a left-joined sum: zero where there was nothing to add up, and unknown where the sum is. -#}
{% macro zero_without(joined_key, total) -%}
    case when {{ joined_key }} is null then 0 else {{ total }} end
{%- endmacro %}
