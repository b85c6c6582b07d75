{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Sale lines of products, with who bought them where that is known. The line itself remembers the product of a variant
-- that is gone from the catalogue.
select
    lines.order_line_id,
    lines.order_id,
    lines.store_id,
    coalesce(variants.product_id, told.product_id) as product_id,
    orders.customer_key,
    lines.business_date,
    lines.quantity::int as quantity
from {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines
inner join {{ ref('int_orders__dated') }} as orders on lines.order_id = orders.order_id
inner join {{ of_touched(ref('stg_shopify__order_lines'), 'orders') }} as told on lines.order_line_id = told.order_line_id
left join {{ ref('stg_shopify__variants') }} as variants on told.variant_id = variants.variant_id
where lines.is_sale_line
    and coalesce(variants.product_id, told.product_id) is not null
