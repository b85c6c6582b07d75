{{ config(meta={'publish': {'schema': 'mart', 'key': ['location_id', 'business_date'], 'history': 'replace'}}) }}

-- Of the shelves of what we still sell, how many were empty at the end of a day, and what that cost. Sales are lost only
-- where no location that serves the same buyers had the SKU all day: then what was to be expected there less what was sold
-- all the same, at the price our own shops got for it. The expectation is tonight's level, so a better forecast corrects
-- the past.
with shelves as (
    select
        stock.location_id,
        stock.business_date,
        count(*) as shelves,
        count(*) filter (where stock.is_out_of_stock) as shelves_out
    from {{ ref('fct_inventory_snapshot_daily') }} as stock
    inner join {{ ref('int_variants__planned') }} as sold on stock.sku = sold.sku
    where stock.business_date > {{ as_of_day() }} - {{ restock_policy('history_days') }}
    group by stock.location_id, stock.business_date
),

prices as (
    select
        sku,
        {{ whole_sum('net_reporting_amount') }} as net_amount,
        nullif(sum(quantity), 0) as quantity
    from {{ ref('fct_order_lines') }}
    where source = 'shopify'
        and is_sale_line
        and business_date > {{ as_of_day() }} - {{ restock_policy('history_days') }}
        and business_date <= {{ as_of_day() }}
    group by sku
),

missed as (
    select
        observed.sku,
        observed.location_id,
        observed.business_date,
        round(greatest(
            levels.daily_demand * coalesce(weekdays.weekday_index, 1) - observed.units, 0
        )::numeric, 4) as lost_units
    from {{ ref('int_demand__observed') }} as observed
    inner join {{ ref('int_demand__levelled') }} as levels
        on observed.sku = levels.sku
        and observed.location_id = levels.location_id
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on observed.sku = weekdays.sku
        and observed.iso_weekday = weekdays.iso_weekday
    where not observed.is_in_stock
),

lost as (
    select
        missed.location_id,
        missed.business_date,
        sum(missed.lost_units) as lost_units,
        {{ whole_sum('round(missed.lost_units * prices.net_amount / prices.quantity, 4)') }} as lost_sales_amount
    from missed
    left join prices on missed.sku = prices.sku
    where missed.lost_units > 0
    group by missed.location_id, missed.business_date
)

select
    shelves.location_id,
    shelves.business_date,
    shelves.shelves,
    shelves.shelves_out,
    {{ ratio('shelves.shelves_out', 'shelves.shelves') }} as stockout_rate,
    {{ zero_without('lost.location_id', 'lost.lost_units') }} as lost_units,
    {{ zero_without('lost.location_id', 'lost.lost_sales_amount') }} as lost_sales_amount,
    {{ company('currency') }} as currency
from shelves
left join lost
    on shelves.location_id = lost.location_id
    and shelves.business_date = lost.business_date
