{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('days') }}",
) }}

-- Units of our own SKUs sold on each day of a store (kits exploded), by the preferred location of their destination: what they
-- brought (a kit's money is shared by its units), and how many were wanted there, whichever warehouse they were shipped from. Of
-- a kit's components nobody knows what one alone would have brought: the price is told by units sold as themselves.
-- Units, lines and orders are each read by their days: all of them share their order's.
with units as (
    select
        *,
        units_per = 1 and count(*) over (partition by order_line_id) = 1 as is_itself
    from {{ of_touched(ref('int_order_units__mapped'), 'days') }} as mapped
),

-- (materialised, or each line would be looked up one by one: of a range of days the planner expects far too little)
lines as materialized (
    select order_line_id, our_units, net_reporting_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'days') }} as order_lines
    where is_sale_line
),

orders as materialized (
    select order_id, preferred_location_id, is_cancelled
    from {{ of_touched(ref('fct_orders'), 'days') }} as facts
),

sold as (
    select
        units.store_id,
        units.sku,
        orders.preferred_location_id as location_id,
        units.business_date,
        units.units,
        lines.net_reporting_amount,
        lines.net_reporting_amount * units.units / nullif(lines.our_units, 0) as share_reporting_amount,
        not orders.is_cancelled as is_wanted,
        not orders.is_cancelled and units.is_itself as is_priced
    from units
    inner join lines on units.order_line_id = lines.order_line_id
    inner join orders on units.order_id = orders.order_id
    where units.is_mapped
)

select
    store_id,
    sku,
    location_id,
    business_date,
    sum(units)::numeric as units,
    {{ whole_sum('share_reporting_amount') }} as net_reporting_amount,
    coalesce(sum(units) filter (where is_wanted), 0)::numeric as wanted_units,
    coalesce(sum(units) filter (where is_priced and net_reporting_amount is not null), 0)::numeric as priced_units,
    sum(net_reporting_amount) filter (where is_priced) as priced_reporting_amount
from sold
group by store_id, sku, location_id, business_date
