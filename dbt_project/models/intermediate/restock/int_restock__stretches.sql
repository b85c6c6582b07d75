-- What was wanted over every stretch of lead time + review days, by the day it ended; and what was known that evening of
-- the stretches until then: how many, their mean and variance, and the level. Days that were not in stock are filled with
-- the demand expected of them, if that is more than was sold.
with filled as (
    select
        observed.sku,
        observed.location_id,
        observed.business_date,
        observed.age_days,
        terms.lead_time_days + terms.review_days as horizon_days,
        observed.is_in_stock,
        cuts.usual_factor,
        coalesce(weekdays.weekday_index, 1)::float8 as weekday_index,
        power(1 - {{ restock_policy('level_alpha') }}, observed.age_days)::float8 as weight,
        observed.units / case when observed.is_price_cut then cuts.uplift else 1 end as regular_units,
        case
            when observed.is_in_stock then observed.units
            else greatest(
                observed.units,
                levels.regular_demand * coalesce(weekdays.weekday_index, 1)
                * case when observed.is_price_cut then cuts.uplift else 1 end
            )
        end::float8 as units
    from {{ ref('int_demand__observed') }} as observed
    inner join {{ ref('int_variants__planned') }} as terms on observed.sku = terms.sku
    inner join {{ ref('int_demand__levelled') }} as levels
        on observed.sku = levels.sku
        and observed.location_id = levels.location_id
    inner join {{ ref('int_price_cuts__measured') }} as cuts
        on observed.sku = cuts.sku
        and observed.location_id = cuts.location_id
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on observed.sku = weekdays.sku
        and observed.iso_weekday = weekdays.iso_weekday
    where levels.daily_demand > 0
),

cumulated as (
    select
        *,
        sum(units) over history as units_until,
        row_number() over history as days_seen,
        sum(weight * regular_units) filter (where is_in_stock) over history
        / nullif(sum(weight * weekday_index) filter (where is_in_stock) over history, 0)
        * usual_factor as level_until
    from filled
    window history as (partition by sku, location_id order by business_date)
),

summed as (
    select
        *,
        case when days_seen >= horizon_days then units_until - coalesce(
            {{ rows_back('units_until', 'horizon_days', 'partition by sku, location_id order by business_date') }}, 0
        ) end as stretch_units
    from cumulated
)

select
    sku,
    location_id,
    business_date,
    age_days,
    horizon_days,
    stretch_units,
    level_until,
    count(stretch_units) over history as windows,
    avg(stretch_units) over history as mean_units,
    var_pop(stretch_units) over history as variance_units
from summed
window history as (partition by sku, location_id order by business_date)
