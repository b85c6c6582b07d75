{{ config(meta={'publish': {'schema': 'act', 'key': ['audience', 'customer_key'], 'history': 'replace'}}) }}

-- Whom we would like to reach, before consent, suppression and the holdout: those are asked when a list is sent.
-- People with something unsettled between us (an open return or complaint, a late parcel) are left alone.
with customers as (
    select * from {{ ref('dim_customer') }}
    where not is_suppressed and not has_open_complaint
),

unsettled as (
    select orders.customer_key
    from {{ ref('stg_shopify__return_lines') }} as returns
    inner join {{ ref('int_orders__dated') }} as orders on returns.order_id = orders.order_id
    where returns.return_status in ('REQUESTED', 'OPEN')
        and (returns.requested_at is null or returns.requested_at < {{ as_of_end() }})
    union
    select orders.customer_key
    from {{ ref('fct_shipments') }} as shipments
    inner join {{ ref('int_orders__dated') }} as orders on shipments.order_id = orders.order_id
    where shipments.is_late and not shipments.is_delivered and not shipments.is_returned
        and not {{ was_never_handed_over('shipments') }}
),

reachable as (
    select customers.*
    from customers
    left join unsettled on customers.customer_key = unsettled.customer_key
    where unsettled.customer_key is null
),

stock as (
    select sku, sum(available) as available
    from {{ ref('fct_inventory_snapshot_daily') }}
    where business_date = {{ as_of_day() }}
    group by sku
),

-- A cart is worth a message while something in it can still be bought; what nobody keeps stock of always can.
buyable_carts as (
    select distinct lines.cart_id
    from {{ ref('stg_shopify__abandoned_checkout_lines') }} as lines
    left join stock on lines.sku = stock.sku
    where stock.sku is null or stock.available > 0
),

carts as (
    select distinct on (carts.customer_key)
        carts.customer_key,
        carts.value_amount,
        carts.currency,
        carts.units,
        carts.last_activity_at
    from {{ ref('fct_abandoned_carts') }} as carts
    inner join buyable_carts on carts.cart_id = buyable_carts.cart_id
    where carts.state = 'abandoned'
        and carts.customer_key is not null
        and carts.last_activity_at >= {{ as_of_end() }} - interval '30 days'
    order by carts.customer_key, carts.last_activity_at desc, carts.cart_id
),

abandoned_cart as (
    select
        'abandoned_cart' as audience,
        reachable.customer_key,
        'Left a cart of ' || carts.units || case when carts.units = 1 then ' unit on ' else ' units on ' end
        || {{ spoken_date(local_date('carts.last_activity_at', company('timezone'))) }} as reason,
        carts.value_amount,
        carts.currency,
        reachable.last_order_at
    from reachable
    inner join carts on reachable.customer_key = carts.customer_key
    where reachable.last_order_at is null or reachable.last_order_at < carts.last_activity_at
),

-- Who ordered lately is not lapsed, also when it is not paid yet, in another currency or on a marketplace.
recent_buyers as (
    select distinct customer_key
    from {{ ref('int_orders__dated') }}
    where customer_key is not null
        and not is_test
        and business_date > {{ as_of_day() }} - 30
),

lapsed_valuable as (
    select
        'lapsed_valuable' as audience,
        reachable.customer_key,
        rfm.rfm_group || ': ' || rfm.frequency || case when rfm.frequency = 1 then ' order' else ' orders' end
        || ' in a year, the last ' || rfm.recency_days || ' days ago' as reason,
        rfm.monetary_amount as value_amount,
        rfm.currency,
        reachable.last_order_at
    from reachable
    inner join {{ ref('mart_customer_rfm') }} as rfm on reachable.customer_key = rfm.customer_key
    left join recent_buyers on reachable.customer_key = recent_buyers.customer_key
    where rfm.rfm_group in ('At risk', 'Inactive')
        and rfm.m_score >= 4
        and rfm.recency_days > 30
        and recent_buyers.customer_key is null
)

select *, {{ as_of_day() }} as as_of_day from abandoned_cart
union all
select *, {{ as_of_day() }} as as_of_day from lapsed_valuable
