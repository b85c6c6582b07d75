{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['business_date']}, {'columns': ['ordered_at']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Made only when it is noted what was held of the touched ({{ _touched('before') }}): whose they were, and of which days.
with orders as (
    select * from {{ of_touched(ref('stg_shopify__orders'), 'orders') }} as orders
    where ordered_at < {{ as_of_end() }} and not is_deleted
),

payments as (
    select order_id, min(processed_at) as paid_at
    from {{ of_touched(ref('stg_shopify__transactions'), 'orders') }} as transactions
    where kind in ('SALE', 'CAPTURE') and status = 'SUCCESS' and processed_at < {{ as_of_end() }}
    group by order_id
),

shipments as (
    select order_id, min(created_at) as first_shipped_at
    from {{ of_touched(ref('stg_shopify__fulfillments'), 'orders') }} as fulfillments
    where status = 'SUCCESS' and created_at < {{ as_of_end() }}
    group by order_id
),

-- What was true at the end of the as-of day: later cancellations have not happened yet.
known as (
    select
        orders.*,
        case when orders.cancelled_at < {{ as_of_end() }} then orders.cancelled_at end as known_cancelled_at,
        shipments.first_shipped_at,
        coalesce(
            payments.paid_at,
            -- Nothing to pay, or settled without a transaction that we may see.
            case
                when orders.total_price_amount = 0
                    or orders.financial_status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')
                    then coalesce(orders.processed_at, orders.ordered_at)
            end
        ) as paid_at
    from orders
    left join payments on payments.order_id = orders.order_id
    left join shipments on shipments.order_id = orders.order_id
),

shop_orders as (
    select
        known.order_id,
        known.store_id,
        coalesce(aliases.customer_key, known.customer_key) as customer_key,
        'shopify' as source,
        coalesce(known.order_name, known.order_id) as order_name,
        coalesce(nullif(known.source_name, ''), 'web') as channel,
        'shop' as fulfilled_by,
        known.currency,
        known.financial_status,
        known.fulfillment_status,
        known.utm_source,
        known.utm_medium,
        known.utm_campaign,
        known.ship_country,
        known.ship_province,
        known.subtotal_amount,
        known.total_shipping_amount,
        known.total_tax_amount,
        known.is_tax_included,
        known.is_test,
        known.paid_at is null
            and (known.known_cancelled_at is not null or known.financial_status = 'VOIDED') as is_voided,
        known.promised_date,
        cast(null as timestamptz) as deliver_by_at,
        known.ordered_at,
        known.paid_at,
        known.known_cancelled_at as cancelled_at,
        known.first_shipped_at
    from known
    left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = known.customer_key
),

marketplace_orders as (
    select
        order_id,
        store_id,
        cast(null as text) as customer_key,
        'amazon' as source,
        order_id as order_name,
        'amazon' as channel,
        case when fulfilled_by = 'AMAZON' then 'marketplace' else 'shop' end as fulfilled_by,
        currency,
        case fulfillment_status when 'CANCELLED' then 'VOIDED' when 'PENDING' then 'PENDING' else 'PAID' end
            as financial_status,
        case fulfillment_status
            when 'SHIPPED' then 'FULFILLED' when 'PARTIALLY_SHIPPED' then 'PARTIALLY_FULFILLED' else 'UNFULFILLED'
        end as fulfillment_status,
        cast(null as text) as utm_source,
        cast(null as text) as utm_medium,
        cast(null as text) as utm_campaign,
        ship_country,
        ship_province,
        cast(null as numeric) as subtotal_amount,
        shipping_amount as total_shipping_amount,
        tax_amount as total_tax_amount,
        false as is_tax_included,
        false as is_test,
        -- A marketplace charges its buyer when the goods leave: what was cancelled before was never paid.
        coalesce(cancelled_at < {{ as_of_end() }}, false) as is_voided,
        cast(null as date) as promised_date,
        deliver_by_at,
        ordered_at,
        case
            when fulfillment_status <> 'PENDING' and coalesce(cancelled_at >= {{ as_of_end() }}, true) then ordered_at
        end as paid_at,
        case when cancelled_at < {{ as_of_end() }} then cancelled_at end as cancelled_at,
        case when shipped_at < {{ as_of_end() }} then shipped_at end as first_shipped_at
    from {{ of_touched(ref('stg_amazon__orders'), 'orders') }} as orders
    where ordered_at < {{ as_of_end() }}
),

orders_of_all as (
    select * from shop_orders
    union all
    select * from marketplace_orders
)

select
    ---------- ids
    orders.order_id,
    orders.store_id,
    orders.customer_key,

    ---------- text
    orders.source,
    orders.order_name,
    orders.channel,
    orders.fulfilled_by,
    coalesce(orders.currency, stores.currency) as currency,
    orders.financial_status,
    orders.fulfillment_status,
    orders.utm_source,
    orders.utm_medium,
    orders.utm_campaign,
    orders.ship_country,
    orders.ship_province,
    stores.iana_timezone,

    ---------- money
    orders.subtotal_amount,
    orders.total_shipping_amount,
    orders.total_tax_amount,

    ---------- booleans
    coalesce(channels.is_own_shop, orders.source = 'shopify') as is_own_shop,
    orders.is_tax_included,
    orders.is_test,
    orders.cancelled_at is not null as is_cancelled,
    orders.is_voided,

    ---------- dates and timestamps
    {{ local_date('orders.ordered_at', 'stores.iana_timezone') }} as business_date,
    orders.promised_date,
    {{ local_date('orders.deliver_by_at', 'stores.iana_timezone') }} as marketplace_promised_date,
    orders.ordered_at,
    orders.paid_at,
    orders.cancelled_at,
    orders.first_shipped_at
from orders_of_all as orders
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = orders.store_id
left join {{ ref('sales_channels') }} as channels on channels.channel = orders.channel
