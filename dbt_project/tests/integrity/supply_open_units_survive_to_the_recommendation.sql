-- Open units of confirmed orders for a recommended SKU and location are all in its position, once.
with orders as (
    select sku, location_id, sum(open_quantity) as open_units
    from {{ ref('fct_purchase_orders') }}
    where state = 'purchase'
    group by sku, location_id
)

select advice.sku, advice.location_id, advice.on_order, orders.open_units
from {{ ref('mart_restock_recommendation') }} as advice
left join orders on advice.sku = orders.sku and advice.location_id = orders.location_id
where advice.on_order <> coalesce(orders.open_units, 0)
