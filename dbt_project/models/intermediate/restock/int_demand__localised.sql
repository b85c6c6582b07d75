-- Units wanted per SKU, preferred location of the destination and business day: what people ordered there, whichever
-- warehouse it was shipped from. Channel SKUs are turned into our own by the dated seed sku_map (kits explode).
with lines as (
    select
        lines.sku,
        lines.business_date,
        lines.quantity,
        orders.preferred_location_id as location_id,
        orders.channel
    from {{ ref('fct_order_lines') }} as lines
    inner join {{ ref('fct_orders') }} as orders on lines.order_id = orders.order_id
    where lines.is_sale_line
        and not lines.is_gift_card
        and not orders.is_cancelled
        and lines.sku is not null
        and orders.preferred_location_id is not null
        and lines.business_date > {{ as_of_day() }} - {{ restock_policy('history_days') }}
        and lines.business_date <= {{ as_of_day() }}
)

select
    coalesce(mapped.sku, lines.sku) as sku,
    lines.location_id,
    lines.business_date,
    sum(lines.quantity * coalesce(mapped.units_per, 1))::numeric as units
from lines
left join {{ ref('sku_map') }} as mapped
    on lines.channel = mapped.channel
    and lines.sku = mapped.channel_sku
    and lines.business_date >= mapped.valid_from
    and (mapped.valid_to is null or lines.business_date < mapped.valid_to)
group by coalesce(mapped.sku, lines.sku), lines.location_id, lines.business_date
