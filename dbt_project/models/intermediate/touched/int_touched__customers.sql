{{ config(indexes=[{'columns': ['customer_key'], 'unique': true}]) }}

-- People whose orders were touched: those who had them and those who have them now.
select distinct customer_key
from (
    select customer_key from {{ ref('int_touched__before') }}
    union all
    select orders.customer_key
    from {{ ref('int_orders__dated') }} as orders
    inner join {{ ref('int_touched__orders') }} as touched on touched.order_id = orders.order_id
) as people
where customer_key is not null
