-- Whether an order is its person's first paid one, over all stores and all time. Marketplaces hide their
-- buyers, so their orders are neither new nor returning.
with paid as (
    select
        order_id,
        row_number() over (partition by customer_key order by ordered_at, order_id) as paid_order_number
    from {{ ref('int_orders__dated') }}
    where customer_key is not null
        and is_own_shop
        and paid_at is not null
        and not is_test
        and not is_voided
)

select
    order_id,
    paid_order_number,
    paid_order_number = 1 as is_new_customer
from paid
