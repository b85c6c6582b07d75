-- Units wanted per SKU, preferred location of the destination and business day: what people ordered there, whichever
-- warehouse it was shipped from, in our own SKUs (kits exploded). What a marketplace fulfils is wanted from its warehouses.
-- A store ahead of the company has begun its next day already: half a day is no day of demand, it counts tomorrow.
-- The price is what one unit brought that day, after discounts; of a kit's components nobody knows it.
-- Units, lines and orders are each read by their days: all of them share their order's.
{%- set recently = 'business_date > ' ~ as_of_day() ~ ' - ' ~ restock_policy('history_days') ~ ' and business_date <= ' ~ as_of_day() %}

with units as (
    select
        *,
        units_per = 1 and count(*) over (partition by order_line_id) = 1 as is_priced
    from {{ ref('int_order_units__mapped') }}
    where {{ recently }}
),

-- (materialised, or each of a season's lines would be looked up one by one: of a range of days the planner expects far too little)
lines as materialized (
    select order_line_id, net_reporting_amount
    from {{ ref('fct_order_lines') }}
    where {{ recently }} and is_sale_line and not is_gift_card
),

orders as materialized (
    select order_id, preferred_location_id
    from {{ ref('fct_orders') }}
    where {{ recently }} and not is_cancelled and preferred_location_id is not null
)

select
    units.sku,
    orders.preferred_location_id as location_id,
    units.business_date,
    sum(units.units)::numeric as units,
    sum(lines.net_reporting_amount) filter (where units.is_priced)
    / nullif(sum(units.units) filter (where units.is_priced and lines.net_reporting_amount is not null), 0) as price_amount
from units
inner join lines on units.order_line_id = lines.order_line_id
inner join orders on units.order_id = orders.order_id
where units.is_mapped
group by units.sku, orders.preferred_location_id, units.business_date
