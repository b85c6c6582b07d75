-- Nobody is new twice, and everybody who ever paid in the own shop was new once.
select customer_key, count(*) filter (where is_new_customer) as first_orders
from {{ of_touched(ref('fct_orders'), 'customers') }} as fct_orders
where is_new_customer is not null and customer_key is not null
group by customer_key
having count(*) filter (where is_new_customer) <> 1
