select advice.sku, advice.transfer_from_location_id, advice.transfer_qty, donors.available, donors.reorder_point
from {{ ref('mart_restock_recommendation') }} as advice
inner join {{ ref('mart_restock_recommendation') }} as donors
    on advice.sku = donors.sku
    and advice.transfer_from_location_id = donors.location_id
where advice.advice = 'TRANSFER' and donors.available - advice.transfer_qty <= donors.reorder_point
