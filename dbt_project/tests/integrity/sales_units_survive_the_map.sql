-- Turned into our own SKUs, every line with a SKU is there once, with the units its rows of the map say and no others.
with mapped as (
    select
        order_line_id,
        sum(units) as units,
        sum(units_per) as units_per
    from {{ ref('int_order_units__mapped') }}
    group by order_line_id
)

select lines.order_line_id, lines.channel_sku, lines.quantity, mapped.units
from {{ ref('fct_order_lines') }} as lines
left join mapped on mapped.order_line_id = lines.order_line_id
where coalesce(lines.channel_sku, '') <> ''
    and mapped.units is distinct from lines.quantity * mapped.units_per
