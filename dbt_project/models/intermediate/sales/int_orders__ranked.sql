{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key', 'is_new_customer']}],
    pre_hook=["{{ forget_touched('customers') }}", "{{ forget_touched('orders') }}"],
) }}

-- Forgotten by order too ({{ _touched('orders') }}): whoever was erased is nobody in what is kept.
-- Whether an order is its person's first paid one, over all stores and all time. Marketplaces hide their
-- buyers, so their orders are neither new nor returning.
with paid as (
    select
        order_id,
        customer_key,
        row_number() over (partition by customer_key order by ordered_at, order_id) as paid_order_number
    from {{ of_touched(ref('int_orders__dated'), 'customers') }} as dated
    where customer_key is not null
        and is_own_shop
        and paid_at is not null
        and not is_test
        and not is_voided
)

select
    order_id,
    customer_key,
    paid_order_number,
    paid_order_number = 1 as is_new_customer
from paid
