-- The back-test of the reorder points, over all SKUs and the past weeks: seen from the evening before it began, how many
-- standard deviations above the expectation did each stretch end? The share within the nominal z is the coverage the shop
-- really had; the z that would have covered the service level is what tonight's reorder points use.
-- `shop_dispersion` is the variance of a stretch per unit expected, which SKUs borrow as far as their own says little.
with today as (
    select
        stretches.windows,
        stretches.variance_units,
        levels.daily_demand * stretches.horizon_days as expected_units,
        {{ stretch_scale('levels.daily_demand * stretches.horizon_days', 'stretches.mean_units') }} as scale
    from {{ ref('int_restock__stretches') }} as stretches
    inner join {{ ref('int_demand__levelled') }} as levels
        on stretches.sku = levels.sku
        and stretches.location_id = levels.location_id
    where stretches.age_days = 0
),

shop as (
    select coalesce(sum(variance_units * power(scale, 2)) / nullif(sum(expected_units), 0), 1) as dispersion
    from today
    where windows >= {{ restock_policy('fewest_windows') }} and expected_units > 0 and variance_units * scale is not null
),

begun as (
    select
        age_days,
        stretch_units,
        horizon_days,
{%- for known in ['windows', 'mean_units', 'variance_units', 'level_until'] %}
        {{ rows_back(known, 'horizon_days', 'partition by sku, location_id order by business_date') }} as {{ known }}
        {{- ',' if not loop.last }}
{%- endfor %}
    from {{ ref('int_restock__stretches') }}
),

expected as (
    select
        begun.stretch_units,
        begun.level_until * begun.horizon_days as expected_units,
        {{ stretch_deviation('begun', 'begun.level_until * begun.horizon_days', 'shop.dispersion') }} as deviation
    from begun
    cross join shop
    where begun.age_days % 7 = 0
        and begun.age_days < 7 * {{ restock_policy('back_test_weeks') }}
        and begun.windows >= {{ restock_policy('fewest_windows') }}
),

judged as (
    select (stretch_units - expected_units) / deviation as deviations
    from expected
    where deviation > 0 and stretch_units is not null
),

counted as (
    select
        count(*) as judged_stretches,
        count(*) filter (where deviations <= {{ restock_policy('nominal_z') }}) as covered_stretches,
        {{ percentile('deviations', restock_policy('service_level')) }} as held_z
    from judged
)

select
    {{ as_of_day() }} as as_of_day,
    {{ restock_policy('service_level') }}::numeric as service_level,
    counted.judged_stretches,
    counted.covered_stretches,
    round(counted.covered_stretches::numeric / nullif(counted.judged_stretches, 0), 4) as realised_coverage,
    round((case
        when counted.judged_stretches < {{ restock_policy('fewest_judged') }} then {{ restock_policy('nominal_z') }}
        else {{ bounded('counted.held_z', restock_policy('lowest_z'), restock_policy('highest_z')) }}
    end)::numeric, 6) as z,
    round(shop.dispersion::numeric, 6)::float8 as shop_dispersion
from counted
cross join shop
