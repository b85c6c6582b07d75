-- What the mart advises and what may be acted on are the same needs.
select
    coalesce(advice.sku, orders.sku) as sku,
    coalesce(advice.location_id, orders.location_id) as location_id
from (select * from {{ ref('mart_restock_recommendation') }} where advice <> 'NONE') as advice
full outer join {{ ref('act_restock_order') }} as orders
    on advice.sku = orders.sku
    and advice.location_id = orders.location_id
where advice.sku is null or orders.sku is null or advice.qty_to_order <> orders.qty_to_order
