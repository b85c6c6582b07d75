-- Stock day by day over the projection: available today, less the demand forecast, plus receipts on the day we expect
-- them. What is owed to orders already placed is filled first. `stockout_date` is the first day that ends empty. Demand
-- that meets an empty shelf is lost, not owed, so the stock that orders bring later lasts longer:
-- `cover_days_incl_on_order` counts to when it is gone for good.
-- 10 on hand, 5 a day, 20 arriving on day 5: empty on day 2, and again on day 8.
with levels as (
    select
        positions.sku,
        positions.location_id,
        positions.available::float8 as available,
        points.daily_demand::float8 as daily_demand
    from {{ ref('int_restock__positions') }} as positions
    inner join {{ ref('int_restock__points') }} as points
        on positions.sku = points.sku
        and positions.location_id = points.location_id
),

receipts as (
    select sku, location_id, expected_date, sum(open_quantity)::float8 as quantity
    from {{ ref('int_receipts__expected') }}
    where expected_date is not null
    group by sku, location_id, expected_date
),

horizon as (
    select
        date_day,
        {{ iso_weekday('date_day') }} as iso_weekday,
        date_day - {{ as_of_day() }} as day_number
    from {{ days_between(as_of_day() ~ ' + 1', as_of_day() ~ ' + ' ~ restock_policy('projection_days')) }} as days
),

unbounded as (
    select
        levels.sku,
        levels.location_id,
        levels.available,
        levels.daily_demand,
        horizon.date_day,
        horizon.day_number,
        greatest(levels.available, 0)
        + greatest(sum(coalesce(receipts.quantity, 0)) over so_far - greatest(-levels.available, 0), 0)
        - sum(levels.daily_demand * coalesce(weekdays.weekday_index, 1)) over so_far as stock
    from levels
    cross join horizon
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on levels.sku = weekdays.sku
        and horizon.iso_weekday = weekdays.iso_weekday
    left join receipts
        on levels.sku = receipts.sku
        and levels.location_id = receipts.location_id
        and horizon.date_day = receipts.expected_date
    window so_far as (partition by levels.sku, levels.location_id order by horizon.date_day)
),

-- Lost demand so far is the deepest the unbounded stock has fallen below zero.
bounded as (
    select
        *,
        stock + greatest(max(-stock) over (partition by sku, location_id order by date_day), 0) as shelf
    from unbounded
),

summed as (
    select
        sku,
        location_id,
        available,
        daily_demand,
        min(date_day) filter (where stock < 0.001) as first_empty_date,
        max(day_number) filter (where shelf >= 0.001) as last_filled_day
    from bounded
    group by sku, location_id, available, daily_demand
),

-- What the last filled day leaves on the shelf lasts that much longer.
finished as (
    select
        summed.*,
        coalesce(bounded.day_number, 0)
        + coalesce(bounded.shelf, greatest(summed.available, 0)) / summed.daily_demand as cover_days_incl_on_order
    from summed
    left join bounded
        on summed.sku = bounded.sku
        and summed.location_id = bounded.location_id
        and summed.last_filled_day = bounded.day_number
)

select
    sku,
    location_id,
    case
        when available <= 0 then {{ as_of_day() }}
        when first_empty_date is not null then first_empty_date
        when cover_days_incl_on_order <= {{ restock_policy('longest_cover_days') }}
            then {{ as_of_day() }} + ceil(cover_days_incl_on_order)::int
    end as stockout_date,
    round(least(greatest(available, 0) / daily_demand, {{ restock_policy('longest_cover_days') }})::numeric, 1) as cover_days,
    round(least(cover_days_incl_on_order, {{ restock_policy('longest_cover_days') }})::numeric, 1) as cover_days_incl_on_order
from finished
