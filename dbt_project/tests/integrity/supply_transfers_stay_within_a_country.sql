-- Nothing is sent across a border, and nothing is fetched back out of a marketplace's warehouses.
select advice.sku, advice.location_id, advice.transfer_from_location_id
from {{ ref('mart_restock_recommendation') }} as advice
inner join {{ ref('dim_location') }} as here on advice.location_id = here.location_id
inner join {{ ref('dim_location') }} as there on advice.transfer_from_location_id = there.location_id
where advice.advice = 'TRANSFER'
    and (here.country is distinct from there.country or there.stock_authority = 'marketplace')
