-- Each order that counts as a sale has one row of costs, and others have none.
select
    coalesce(orders.order_id, margins.order_id) as order_id,
    orders.is_sale
from {{ of_touched(ref('int_orders__totalled'), 'orders') }} as orders
full outer join {{ of_touched(ref('int_orders__margined'), 'orders') }} as margins on margins.order_id = orders.order_id
where coalesce(orders.is_sale, false) <> (margins.order_id is not null)
