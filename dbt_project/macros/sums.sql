{#- A whole sum (macros/fx.sql) that is zero over no rows: nothing is nothing in every currency, and something without a
    rate is unknown. -#}
{% macro whole_sum_or_zero(amount, among='true') -%}
    case when count(*) filter (where {{ among }}) = 0 then 0 else {{ whole_sum(amount, among) }} end
{%- endmacro %}

{#- The column of a left-joined sum: zero where there was nothing to add up, and unknown where the sum is. -#}
{% macro zero_without(joined_key, total) -%}
    case when {{ joined_key }} is null then 0 else {{ total }} end
{%- endmacro %}

{#- Pairs of two amounts that ought to be one (check_name, labels, store_id, business_date, left_amount, right_amount),
    summed by check and day of a store: how far apart they are, and how many pairs differ. -#}
{% macro compared_by_day(pairs, severity) -%}
select
    pairs.check_name,
    pairs.store_id as subject,
    pairs.business_date,
    '{{ severity }}' as severity,
    pairs.left_label,
    pairs.right_label,
    coalesce(sum(pairs.left_amount), 0) as left_amount,
    coalesce(sum(pairs.right_amount), 0) as right_amount,
    cast(0 as numeric) as explained_amount,
    cast(null as text) as explanation,
    count(*) as compared_records,
    count(*) filter (where pairs.left_amount is distinct from pairs.right_amount) as differing_records,
    min(stores.currency) as unit
from {{ pairs }} as pairs
left join {{ ref('int_stores__known') }} as stores on stores.store_id = pairs.store_id
group by pairs.check_name, pairs.left_label, pairs.right_label, pairs.store_id, pairs.business_date
{%- endmacro %}
