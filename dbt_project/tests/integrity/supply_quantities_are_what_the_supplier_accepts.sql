-- Whole packs, at least the MOQ, and nothing at all for a position above the reorder point.
select sku, location_id, qty_raw, qty_to_order, moq, pack_size, position, reorder_point
from {{ ref('mart_restock_recommendation') }}
where qty_to_order % greatest(pack_size, 1) <> 0
    or (qty_to_order > 0 and (qty_to_order < moq or qty_to_order < qty_raw))
    or (qty_to_order > 0 and position > reorder_point)
