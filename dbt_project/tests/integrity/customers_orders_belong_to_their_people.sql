-- People's paid orders and sales are those of the orders that name them, in all shops and in the reporting currency.
with orders as (
    select
        customer_key,
        count(*) as paid_orders,
        {{ whole_sum('net_sales_reporting_amount') }} as net_sales_amount
    from {{ of_touched(ref('fct_orders'), 'customers') }} as fct_orders
    where customer_key is not null
        and is_sale
        and paid_at is not null
    group by customer_key
)

select customers.customer_key, customers.paid_orders, orders.paid_orders as orders_of_theirs
from {{ of_touched(ref('dim_customer'), 'customers') }} as customers
full outer join orders on orders.customer_key = customers.customer_key
where coalesce(customers.paid_orders, 0) <> coalesce(orders.paid_orders, 0)
    or customers.net_sales_amount is distinct from {{ zero_without('orders.customer_key', 'orders.net_sales_amount') }}
