-- post_purchase: the last order is two to six weeks old, arrived whole, and nothing of it came back.
with recent as (
    select * from {{ ref('int_orders__totalled') }}
    where is_sale
        and paid_at is not null
        and business_date between {{ as_of_day() }} - 45 and {{ as_of_day() }} - 14
),

parcels as (
    select
        shipments.order_id,
        bool_and(shipments.is_delivered) as is_delivered
    from {{ ref('fct_shipments') }} as shipments
    inner join recent on shipments.order_id = recent.order_id
    where not {{ was_never_handed_over('shipments') }}
    group by shipments.order_id
),

returned as (
    select returns.order_id from {{ ref('stg_shopify__return_lines') }} as returns
    inner join recent on returns.order_id = recent.order_id
    where returns.return_status not in ('CANCELED', 'DECLINED')
    union
    select refunds.order_id from {{ ref('int_refund_lines__booked') }} as refunds
    inner join recent on refunds.order_id = recent.order_id
    where refunds.kind in ('return', 'damaged')
)

select distinct on (people.customer_key)
    people.customer_key,
    'Got order ' || orders.order_name || ' of ' || {{ spoken_date('orders.business_date') }}
    || ' and has not ordered since' as reason,
    orders.net_sales_amount as value_amount,
    orders.currency,
    people.last_order_at
from {{ ref('int_people__approachable') }} as people
inner join recent as orders
    on people.customer_key = orders.customer_key
    and people.last_order_at = orders.ordered_at
inner join parcels on orders.order_id = parcels.order_id
left join returned on orders.order_id = returned.order_id
where parcels.is_delivered and returned.order_id is null
order by people.customer_key, orders.order_id
