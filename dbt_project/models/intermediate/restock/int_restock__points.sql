-- Reorder points from what really happened: the demand expected over lead time + review days, plus z times its standard
-- deviation, measured on the sums of every such stretch in the history and scaled to today's level; never sigma times root L, for
-- days are not independent. The variance is the SKU's own and, by `shop_share`, the shop's; a short history has none of its own.
-- z comes from the back-test (int_restock__coverage).
with demanded as (
    select
        levels.sku,
        levels.location_id,
        levels.daily_demand,
        levels.demand_std,
        terms.lead_time_days,
        terms.review_days,
        levels.daily_demand * (terms.lead_time_days + terms.review_days) as expected_units,
        coverage.realised_coverage,
        coverage.z::float8
        * {{ stretch_deviation('stretches', 'levels.daily_demand * (terms.lead_time_days + terms.review_days)', 'coverage.shop_dispersion') }}
            as safety_units
    from {{ ref('int_demand__levelled') }} as levels
    inner join {{ ref('int_variants__planned') }} as terms on levels.sku = terms.sku
    inner join {{ ref('int_restock__stretches') }} as stretches
        on levels.sku = stretches.sku
        and levels.location_id = stretches.location_id
        and stretches.age_days = 0
    cross join {{ ref('int_restock__coverage') }} as coverage
    where levels.daily_demand > 0
),

pointed as (
    select
        *,
        round((expected_units + safety_units)::numeric, 2) as reorder_point
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
