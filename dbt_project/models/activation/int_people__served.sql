-- post_purchase: the last order is two to six weeks old, arrived whole, and nothing of it came back.
with parcels as (
    select
        order_id,
        bool_and(is_delivered) as is_delivered
    from {{ ref('fct_shipments') }} as shipments
    where not {{ was_never_handed_over('shipments') }}
    group by order_id
),

returned as (
    select order_id from {{ ref('stg_shopify__return_lines') }}
    where return_status not in ('CANCELED', 'DECLINED')
    union
    select order_id from {{ ref('int_refund_lines__booked') }}
    where kind in ('return', 'damaged')
)

select distinct on (people.customer_key)
    people.customer_key,
    'Got order ' || orders.order_name || ' of ' || {{ spoken_date('orders.business_date') }}
    || ' and has not ordered since' as reason,
    orders.net_sales_amount as value_amount,
    orders.currency,
    people.last_order_at
from {{ ref('int_people__approachable') }} as people
inner join {{ ref('int_orders__totalled') }} as orders
    on people.customer_key = orders.customer_key
    and people.last_order_at = orders.ordered_at
inner join parcels on orders.order_id = parcels.order_id
left join returned on orders.order_id = returned.order_id
where orders.is_sale
    and orders.paid_at is not null
    and orders.business_date between {{ as_of_day() }} - 45 and {{ as_of_day() }} - 14
    and parcels.is_delivered
    and returned.order_id is null
order by people.customer_key, orders.order_id
