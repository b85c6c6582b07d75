-- What we have and what is coming, per SKU and location with demand: the stock closed on the as-of day, confirmed
-- orders (late ones too) and drafts nobody approved yet.
with points as (
    select sku, location_id from {{ ref('int_restock__points') }}
),

stock as (
    select sku, location_id, on_hand, available
    from {{ ref('fct_inventory_snapshot_daily') }}
    where business_date = {{ as_of_day() }}
),

incoming as (
    select closed.sku, closed.location_id, closed.incoming
    from {{ ref('int_stock__closed') }} as closed
    where closed.business_date = {{ as_of_day() }}
),

orders as (
    select
        sku,
        location_id,
        sum(open_quantity) filter (where state = 'purchase') as on_order,
        sum(open_quantity) filter (where state in ('draft', 'sent', 'to approve')) as draft_on_order,
        min(purchase_order_name) filter (where state in ('draft', 'sent', 'to approve')) as draft_po_name
    from {{ ref('fct_purchase_orders') }}
    where open_quantity > 0
    group by sku, location_id
)

select
    points.sku,
    points.location_id,
    coalesce(stock.on_hand, 0) as on_hand,
    coalesce(stock.available, 0) as available,
    coalesce(orders.on_order, 0) as on_order,
    coalesce(incoming.incoming, 0) as in_transit,
    coalesce(orders.draft_on_order, 0) as draft_on_order,
    orders.draft_po_name,
    coalesce(stock.available, 0) + coalesce(orders.on_order, 0) + coalesce(incoming.incoming, 0) as confirmed_position,
    coalesce(stock.available, 0) + coalesce(orders.on_order, 0) + coalesce(incoming.incoming, 0)
    + coalesce(orders.draft_on_order, 0) as position
from points
left join stock
    on points.sku = stock.sku
    and points.location_id = stock.location_id
left join incoming
    on points.sku = incoming.sku
    and points.location_id = incoming.location_id
left join orders
    on points.sku = orders.sku
    and points.location_id = orders.location_id
