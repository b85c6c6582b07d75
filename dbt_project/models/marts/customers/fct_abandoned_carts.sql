{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['cart_id'], 'history': 'replace', 'touched': 'int_touched__carts'}},
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['last_activity_at']}],
    pre_hook="{{ forget_touched('carts') }}",
) }}

with carts as (
    select
        carts.*,
        coalesce(aliases.customer_key, carts.customer_key) as person_key
    from {{ of_touched(ref('stg_shopify__abandoned_checkouts'), 'carts') }} as carts
    left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = carts.customer_key
    where carts.created_at < {{ as_of_end() }} and not carts.is_deleted
),

-- The same person's first order since the cart began, on whatever device: the cart is not lost.
recoveries as (
    select
        carts.cart_id,
        first_order.order_id
    from carts
    cross join lateral (
        select orders.order_id
        from {{ ref('int_orders__dated') }} as orders
        where orders.customer_key = carts.person_key
            and orders.ordered_at >= carts.created_at
            and not orders.is_test
            and not orders.is_voided
        order by orders.ordered_at, orders.order_id
        limit 1
    ) as first_order
)

select
    carts.cart_id,
    carts.store_id,
    carts.person_key as customer_key,
    carts.created_at as started_at,
    least(carts.updated_at, {{ as_of_end() }}) as last_activity_at,
    case
        when recoveries.order_id is not null or carts.completed_at < {{ as_of_end() }} then 'recovered'
        when carts.updated_at <= {{ as_of_end() }} - interval '24 hours' then 'abandoned'
        else 'open'
    end as state,
    recoveries.order_id as recovered_order_id,
    carts.subtotal_amount as value_amount,
    carts.currency,
    carts.units::int as units,
    {{ local_date('carts.created_at', 'stores.iana_timezone') }} as business_date
from carts
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = carts.store_id
left join recoveries on recoveries.cart_id = carts.cart_id
