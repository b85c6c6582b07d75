-- How many times as much a SKU sells while its price is cut (uplift, at least 1): its own days compared, shrunk to the shop's
-- as far as its units cannot carry it. Cuts come again, so a level measured in regular days gets back what cuts usually add
-- (usual_factor), leaning towards today's state as far as a running cut lasts (demand_factor).
with days as (
    select
        sku,
        location_id,
        count(*) filter (where is_in_stock and not is_price_cut) as regular_days,
        sum(units) filter (where is_in_stock and not is_price_cut) as regular_units,
        count(*) filter (where is_in_stock and is_price_cut) as cut_days,
        coalesce(sum(units) filter (where is_in_stock and is_price_cut), 0) as cut_units,
        avg(is_price_cut::int) as cut_share,
        bool_or(is_price_cut) filter (where age_days = 0) as is_cut_now
    from {{ ref('int_demand__observed') }}
    group by sku, location_id
),

expected as (
    select
        *,
        regular_days >= {{ restock_policy('fewest_regular_days') }} as is_judged,
        cut_days * regular_units / nullif(regular_days, 0) as expected_units
    from days
),

shop as (
    select coalesce(sum(cut_units) / nullif(sum(expected_units), 0), 1) as uplift
    from expected
    where is_judged
),

measured as (
    select
        expected.*,
        case when expected.is_judged then greatest(
            (expected.cut_units + {{ restock_policy('price_cut_prior_units') }} * shop.uplift)
            / (expected.expected_units + {{ restock_policy('price_cut_prior_units') }}),
            1
        ) else 1 end as uplift
    from expected
    cross join shop
)

select
    sku,
    location_id,
    uplift::float8 as uplift,
    (1 + (uplift - 1) * cut_share)::float8 as usual_factor,
    (
        1 + (uplift - 1) * (cut_share + {{ restock_policy('price_cut_carry') }} * (is_cut_now::int - cut_share))
    )::float8 as demand_factor
from measured
