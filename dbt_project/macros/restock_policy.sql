{#- How we restock: one place for every number of the policy. Days are calendar days, quantities units.
    Why each value: docs/decisions.md. -#}
{% macro restock_policy(name) -%}
    {%- set policy = {
        'review_days': 7,
        'cover_days': 28,
        'history_days': 182,
        'level_days': 180,
        'level_alpha': 0.03,
        'forecast_days': 28,
        'projection_days': 120,
        'longest_cover_days': 999,
        'service_level': 0.95,
        'weekday_prior_units': 30,
        'fewest_windows': 28,
        'fewest_receipts': 5,
        'fewest_receipts_for_p95': 10,
        'smallest_gap_units': 1,
    } -%}
    {%- if name not in policy -%}
        {{ exceptions.raise_compiler_error("restock_policy knows no '" ~ name ~ "'; it knows " ~ policy.keys() | join(', ')) }}
    {%- endif -%}
    {{ policy[name] }}
{%- endmacro %}

{#- Units to order for a position at or under the reorder point, before rounding: up to the target, at least the MOQ. -#}
{% macro quantity_wanted(position, reorder_point, target_stock) -%}
    case when {{ position }} > {{ reorder_point }} then 0 else greatest({{ target_stock }} - {{ position }}, 0) end
{%- endmacro %}

{#- The quantity a supplier accepts: nothing stays nothing, else at least the MOQ, rounded up to whole packs.
    40 wanted at MOQ 24 in packs of 12 gives 48; 5 wanted gives 24. -#}
{% macro quantity_accepted(wanted, moq, pack_size) -%}
    case when {{ wanted }} > 0 then
        ceil(greatest({{ wanted }}, {{ moq }})::numeric / greatest({{ pack_size }}, 1)) * greatest({{ pack_size }}, 1)
    else 0 end
{%- endmacro %}
