-- Turned into our own SKUs, every line with a SKU is there once, with the units its rows of the map say and no others.
with mapped as (
    select
        order_line_id,
        sum(units) as units,
        sum(units_per) as units_per
    from {{ of_touched(ref('int_order_units__mapped'), 'orders') }} as mapped
    group by order_line_id
)

select lines.order_line_id, lines.channel_sku, lines.quantity, mapped.units
from {{ of_touched(ref('fct_order_lines'), 'orders') }} as lines
left join mapped on mapped.order_line_id = lines.order_line_id
where coalesce(lines.channel_sku, '') <> ''
    and mapped.units is distinct from lines.quantity * mapped.units_per
