-- How much of an average day a weekday sells: the shop's index, and each SKU's own as far as its units can carry it.
-- A SKU with as many units as the prior (weekday_prior_units) stands half way between the shop's index and its own.
-- The seven indices of a SKU average 1.
with observed as (
    select sku, iso_weekday, business_date, units
    from {{ ref('int_demand__observed') }}
    where is_in_stock
),

weekdays as (
    select weekday as iso_weekday from generate_series(1, 7) as weekday
),

shop_days as (
    select business_date, iso_weekday, sum(units) as units
    from observed
    group by business_date, iso_weekday
),

shop_means as (
    select
        weekdays.iso_weekday,
        avg(shop_days.units) as mean_units
    from weekdays
    left join shop_days on weekdays.iso_weekday = shop_days.iso_weekday
    group by weekdays.iso_weekday
),

shop_index as (
    select
        iso_weekday,
        coalesce(mean_units / nullif(avg(mean_units) over (), 0), 1) as shop_index
    from shop_means
),

sku_weekdays as (
    select sku, iso_weekday, sum(units) as units, count(*) as days
    from observed
    group by sku, iso_weekday
),

sku_means as (
    select sku, sum(units) / sum(days) as mean_units
    from sku_weekdays
    group by sku
),

shrunk as (
    select
        sku_means.sku,
        shop_index.iso_weekday,
        (
            coalesce(sku_weekdays.units, 0) + {{ restock_policy('weekday_prior_units') }} / 7.0 * shop_index.shop_index
        ) / (
            coalesce(sku_weekdays.days, 0) * sku_means.mean_units + {{ restock_policy('weekday_prior_units') }} / 7.0
        ) as weekday_index
    from sku_means
    cross join shop_index
    left join sku_weekdays
        on sku_means.sku = sku_weekdays.sku
        and shop_index.iso_weekday = sku_weekdays.iso_weekday
)

select
    sku,
    iso_weekday,
    round(weekday_index / nullif(avg(weekday_index) over (partition by sku), 0), 6) as weekday_index
from shrunk
