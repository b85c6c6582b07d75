-- The order that recovered a cart is the same person's and not older than the cart; open and abandoned carts
-- have none.
select carts.cart_id, carts.state
from {{ of_touched(ref('fct_abandoned_carts'), 'carts') }} as carts
left join {{ ref('fct_orders') }} as orders on orders.order_id = carts.recovered_order_id
where (carts.state <> 'recovered' and carts.recovered_order_id is not null)
    or orders.ordered_at < carts.started_at
    or orders.customer_key <> carts.customer_key
