{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('customers') }}",
) }}

-- When each person last ordered. Any order counts as a purchase: unpaid, in whichever store and currency.
select
    customer_key,
    max(ordered_at) as last_order_at
from {{ of_touched(ref('int_orders__dated'), 'customers') }} as orders
where customer_key is not null and not is_test
group by customer_key
