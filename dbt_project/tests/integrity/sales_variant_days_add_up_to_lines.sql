-- The variants' days hold every unit sold of a known variant.
with lines as (
    select store_id, business_date, sum(quantity) as units
    from {{ of_touched(ref('fct_order_lines'), 'days') }} as fct_order_lines
    where is_sale_line and variant_id is not null
    group by store_id, business_date
),

days as (
    select store_id, business_date, sum(units) as units
    from {{ of_touched(ref('mart_product_daily'), 'days') }} as mart_product_daily
    group by store_id, business_date
)

select coalesce(days.business_date, lines.business_date) as business_date, days.units, lines.units as line_units
from days
full outer join lines on lines.store_id = days.store_id and lines.business_date = days.business_date
where coalesce(days.units, 0) <> coalesce(lines.units, 0)
