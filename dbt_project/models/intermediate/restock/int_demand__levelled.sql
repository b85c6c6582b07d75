-- The exponential level: average units a day, recent in-stock days weighing more (alpha of the policy), each day read
-- relative to its weekday, and a day of a cut price divided by what the cut adds. `daily_demand` is the level with the price cuts
-- that are to be expected; `dispersion` is the variance of a day's demand per unit of its mean.
-- Without one in-stock day the level is what was sold all the same: a floor, not a guess.
with weighted as (
    select
        observed.sku,
        observed.location_id,
        observed.units,
        observed.units / case when observed.is_price_cut then cuts.uplift else 1 end as regular_units,
        observed.is_in_stock,
        coalesce(weekdays.weekday_index, 1)::float8 as weekday_index,
        power(1 - {{ restock_policy('level_alpha') }}, observed.age_days)::float8 as weight
    from {{ ref('int_demand__observed') }} as observed
    inner join {{ ref('int_price_cuts__measured') }} as cuts
        on observed.sku = cuts.sku
        and observed.location_id = cuts.location_id
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on observed.sku = weekdays.sku
        and observed.iso_weekday = weekdays.iso_weekday
    where observed.age_days < {{ restock_policy('level_days') }}
),

regular as (
    select
        sku,
        location_id,
        count(*) filter (where is_in_stock) as in_stock_days,
        coalesce(
            sum(weight * regular_units) filter (where is_in_stock) / nullif(sum(weight * weekday_index) filter (where is_in_stock), 0),
            sum(weight * regular_units) / nullif(sum(weight * weekday_index), 0),
            0
        ) as regular_demand
    from weighted
    group by sku, location_id
),

levels as (
    select
        regular.*,
        regular.regular_demand * cuts.demand_factor as daily_demand
    from regular
    inner join {{ ref('int_price_cuts__measured') }} as cuts
        on regular.sku = cuts.sku
        and regular.location_id = cuts.location_id
),

spread as (
    select
        weighted.sku,
        weighted.location_id,
        sum(weighted.weight * power(weighted.units - levels.daily_demand * weighted.weekday_index, 2))
        / nullif(sum(weighted.weight * levels.daily_demand * weighted.weekday_index), 0) as dispersion
    from weighted
    inner join levels
        on weighted.sku = levels.sku
        and weighted.location_id = levels.location_id
    where weighted.is_in_stock
    group by weighted.sku, weighted.location_id
)

select
    levels.sku,
    levels.location_id,
    levels.in_stock_days,
    round(levels.regular_demand::numeric, 6)::float8 as regular_demand,
    round(levels.daily_demand::numeric, 6)::float8 as daily_demand,
    round(coalesce(spread.dispersion, 1)::numeric, 6)::float8 as dispersion,
    round(sqrt(coalesce(spread.dispersion, 1) * levels.daily_demand)::numeric, 6)::float8 as demand_std
from levels
left join spread
    on levels.sku = spread.sku
    and levels.location_id = spread.location_id
