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
        'nominal_z': 1.645,
        'lowest_z': 1,
        'highest_z': 3,
        'shop_share': 0.1,
        'back_test_weeks': 8,
        'fewest_judged': 100,
        'price_cut_below': 0.93,
        'price_cut_prior_units': 30,
        'price_cut_carry': 0.1,
        'fewest_regular_days': 14,
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

{#- What is expected relative to what the history's stretches were on average; bounded, so that no burst is believed whole. -#}
{% macro stretch_scale(expected, mean) -%}
    case when {{ mean }} > 0 then {{ bounded(expected ~ ' / ' ~ mean, 0.33, 3) }} end
{%- endmacro %}

{#- Standard deviation of a coming stretch: the SKU's own variance at today's level and the shop's, mixed. Where few whole
    stretches were seen the shop's speaks alone. `known` has windows, mean_units and variance_units.
    20 expected, a variance of 26 at a mean of 20 and a dispersion of 0.8 give sqrt(0.9 * 26 + 0.1 * 16) = 5. -#}
{% macro stretch_deviation(known, expected, dispersion) -%}
    sqrt(
        (1 - {{ restock_policy('shop_share') }}) * coalesce(
            case when {{ known }}.windows >= {{ restock_policy('fewest_windows') }}
                then {{ known }}.variance_units * power({{ stretch_scale(expected, known ~ '.mean_units') }}, 2)
            end,
            {{ expected }} * {{ dispersion }}
        ) + {{ restock_policy('shop_share') }} * {{ expected }} * {{ dispersion }}
    )
{%- endmacro %}
