-- What cannot be bought tonight. What nobody keeps stock of can always be bought; a marketplace's shelf serves its own.
select stock.sku
from {{ ref('fct_inventory_snapshot_daily') }} as stock
left join {{ ref('dim_location') }} as locations on stock.location_id = locations.location_id
where stock.business_date = {{ as_of_day() }}
    and locations.stock_authority is distinct from 'marketplace'
group by stock.sku
having sum(stock.available) <= 0
