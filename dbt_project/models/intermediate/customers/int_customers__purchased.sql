{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('customers') }}",
) }}

-- Everybody who ever ordered, and when last. Any order counts as a purchase, unpaid, in whichever store and currency, but for tests.
select
    customer_key,
    max(ordered_at) filter (where not is_test) as last_order_at
from {{ of_touched(ref('int_orders__dated'), 'customers') }} as orders
where customer_key is not null
group by customer_key
