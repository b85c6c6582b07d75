-- Reorder points from what really happened: the sums of demand over every stretch of lead time + review days in the
-- history, their quantile at the service level, scaled from the history's mean to today's level. Days that were not in
-- stock are filled with the demand expected of them. Safety stock is what the quantile adds to the expected demand.
--
-- The quantile is corrected by its own back-test: of all SKUs, how many times did the stretch that ended today stay
-- within the quantile of the stretches before it? What that falls short of the service level is added to the quantile.
{%- set service_level = restock_policy('service_level') | float %}
{%- set fractions = [service_level, 0.96, 0.97, 0.98, 0.99] %}

with terms as (
    select sku, lead_time_days, review_days, lead_time_days + review_days as horizon_days
    from {{ ref('int_variants__planned') }}
),

filled as (
    select
        observed.sku,
        observed.location_id,
        observed.business_date,
        observed.age_days,
        terms.horizon_days,
        case
            when observed.is_in_stock then observed.units
            else greatest(observed.units, levels.daily_demand * coalesce(weekdays.weekday_index, 1))
        end::float8 as units
    from {{ ref('int_demand__observed') }} as observed
    inner join terms on observed.sku = terms.sku
    inner join {{ ref('int_demand__levelled') }} as levels
        on observed.sku = levels.sku
        and observed.location_id = levels.location_id
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on observed.sku = weekdays.sku
        and observed.iso_weekday = weekdays.iso_weekday
    where levels.daily_demand > 0
),

cumulated as (
    select
        *,
        sum(units) over history as units_until,
        row_number() over history as days_seen
    from filled
    window history as (partition by sku, location_id order by business_date)
),

stretches as (
    select
        *,
        units_until - coalesce({{ rows_back('units_until', 'horizon_days', 'partition by sku, location_id order by business_date') }}, 0) as stretch_units
    from cumulated
),

measured as (
    select
        sku,
        location_id,
        count(*) as windows,
        avg(stretch_units) as mean_units,
        {{ percentiles('stretch_units', fractions) }} as quantiles,
        count(*) filter (where age_days >= horizon_days) as earlier_windows,
        {{ percentile('stretch_units', service_level) }} filter (where age_days >= horizon_days) as earlier_quantile,
        max(stretch_units) filter (where age_days = 0) as latest_units
    from stretches
    where days_seen >= horizon_days
    group by sku, location_id
),

back_test as (
    select
        avg(case when latest_units <= earlier_quantile then 1.0 else 0.0 end) as realised_coverage
    from measured
    where earlier_windows >= {{ restock_policy('fewest_windows') }}
),

corrected as (
    select
        realised_coverage,
        1 + round(least(greatest({{ service_level }} - coalesce(realised_coverage, {{ service_level }}), 0), 0.04) * 100)::int as pick
    from back_test
),

demanded as (
    select
        levels.sku,
        levels.location_id,
        levels.daily_demand,
        levels.demand_std,
        levels.dispersion,
        terms.lead_time_days,
        terms.review_days,
        levels.daily_demand * terms.horizon_days as expected_units,
        measured.windows,
        measured.quantiles[corrected.pick]
        * least(greatest(levels.daily_demand * terms.horizon_days / nullif(measured.mean_units, 0), 0.33), 3) as scaled_quantile,
        sqrt(levels.dispersion * levels.daily_demand * terms.horizon_days) as expected_std,
        corrected.realised_coverage
    from {{ ref('int_demand__levelled') }} as levels
    inner join terms on levels.sku = terms.sku
    cross join corrected
    left join measured
        on levels.sku = measured.sku
        and levels.location_id = measured.location_id
    where levels.daily_demand > 0
),

-- Too short a history for a quantile: the normal approximation (z of 95 % is 1.645).
pointed as (
    select
        *,
        round((case
            when windows >= {{ restock_policy('fewest_windows') }} and scaled_quantile is not null
                then greatest(scaled_quantile, expected_units)
            else expected_units + 1.645 * expected_std
        end)::numeric, 2) as reorder_point
    from demanded
)

select
    sku,
    location_id,
    daily_demand,
    demand_std,
    lead_time_days,
    review_days,
    expected_units,
    reorder_point - round(expected_units::numeric, 2) as safety_stock,
    reorder_point,
    ceil(round((reorder_point + daily_demand * ({{ restock_policy('cover_days') }} - review_days))::numeric, 4)) as target_stock,
    realised_coverage
from pointed
