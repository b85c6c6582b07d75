-- Amounts of two currencies are never added: one store, one currency.
select orders.order_id, orders.currency, stores.currency as store_currency
from {{ of_touched(ref('fct_orders'), 'orders') }} as orders
inner join {{ ref('dim_store') }} as stores on stores.store_id = orders.store_id
where orders.currency <> stores.currency
