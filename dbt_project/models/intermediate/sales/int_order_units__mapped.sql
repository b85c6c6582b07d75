{{ config(
    materialized='incremental',
    indexes=[
        {'columns': ['order_id']},
        {'columns': ['order_line_id']},
        {'columns': ['sku']},
        {'columns': ['channel_sku']},
        {'columns': ['business_date']},
    ],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Every line in units of our own SKUs: what a channel calls its own way is looked up in sku_map as of the order's day, and a
-- kit becomes its components. A SKU of our own catalogue needs no row. A marketplace's SKU without one is not known to
-- be anything of ours: it keeps its name and is flagged.
with lines as (
    select order_line_id, order_id, sku as channel_sku, quantity
    from {{ of_touched(ref('stg_shopify__order_lines'), 'orders') }} as order_lines
    where sku <> ''
    union all
    select order_line_id, order_id, seller_sku as channel_sku, quantity
    from {{ of_touched(ref('stg_amazon__order_lines'), 'orders') }} as order_lines
    where seller_sku is not null
)

select
    ---------- ids
    lines.order_line_id,
    lines.order_id,
    orders.store_id,
    orders.channel,
    lines.channel_sku,
    coalesce(mapped.sku, lines.channel_sku) as sku,
    orders.business_date,

    ---------- numerics
    coalesce(mapped.units_per, 1) as units_per,
    lines.quantity * coalesce(mapped.units_per, 1) as units,
    orders.currency,

    ---------- booleans
    orders.source = 'shopify' or mapped.sku is not null or catalogue.sku is not null as is_mapped
from lines
inner join {{ of_touched(ref('int_orders__dated'), 'orders') }} as orders on orders.order_id = lines.order_id
left join {{ ref('int_skus__mapped') }} as mapped
    on mapped.channel = orders.channel
    and mapped.channel_sku = lines.channel_sku
    and mapped.valid_from <= orders.business_date
    and (mapped.valid_to is null or orders.business_date < mapped.valid_to)
left join {{ ref('int_skus__identified') }} as catalogue
    on orders.source <> 'shopify' and catalogue.sku = lines.channel_sku
