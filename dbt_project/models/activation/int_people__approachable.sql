{{ config(materialized='view') }}

-- Whom a message would not offend: nothing is unsettled between us, no complaint is open. A view, for who asks looks up a few
-- of all people.
select
    customers.customer_key,
    greatest(customers.last_order_at, purchases.last_order_at) as last_order_at
from {{ ref('dim_customer') }} as customers
left join {{ ref('int_customers__purchased') }} as purchases on customers.customer_key = purchases.customer_key
left join {{ ref('int_people__unsettled') }} as unsettled on customers.customer_key = unsettled.customer_key
where not customers.is_suppressed
    and not customers.has_open_complaint
    and unsettled.customer_key is null
