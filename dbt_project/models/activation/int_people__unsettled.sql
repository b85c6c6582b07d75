-- People with something unsettled between us: an open return, or a parcel that is late and still to come. (Marketplace buyers
-- are nobody we know: their orders have no customer key.)
with orders as not materialized (
    select order_id, customer_key from {{ ref('int_orders__dated') }}
    where customer_key is not null
)

select orders.customer_key
from {{ ref('stg_shopify__return_lines') }} as returns
inner join orders on returns.order_id = orders.order_id
where returns.return_status in ('REQUESTED', 'OPEN')
    and (returns.requested_at is null or returns.requested_at < {{ as_of_end() }})
union
select orders.customer_key
from {{ ref('fct_shipments') }} as shipments
inner join orders on shipments.order_id = orders.order_id
where shipments.is_late and not shipments.is_delivered and not shipments.is_returned
    and not {{ was_never_handed_over('shipments') }}
