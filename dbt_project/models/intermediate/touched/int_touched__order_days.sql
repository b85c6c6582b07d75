{{ config(indexes=[{'columns': ['store_id', 'business_date'], 'unique': true}]) }}

-- Days of a store on which a touched order counted or counts.
select store_id, business_date from {{ ref('int_touched__before') }} where store_id is not null
union
select orders.store_id, orders.business_date
from {{ ref('int_orders__dated') }} as orders
inner join {{ ref('int_touched__orders') }} as touched on touched.order_id = orders.order_id
where orders.store_id is not null
