with orders as (
    select * from {{ ref('stg_shopify__orders') }}
    where ordered_at < {{ as_of_end() }} and not is_deleted
),

payments as (
    select order_id, min(processed_at) as paid_at
    from {{ ref('stg_shopify__transactions') }}
    where kind in ('SALE', 'CAPTURE') and status = 'SUCCESS' and processed_at < {{ as_of_end() }}
    group by order_id
),

shipments as (
    select order_id, min(created_at) as first_shipped_at
    from {{ ref('stg_shopify__fulfillments') }}
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
)

select
    ---------- ids
    known.order_id,
    known.store_id,
    coalesce(aliases.customer_key, known.customer_key) as customer_key,

    ---------- text
    known.order_name,
    coalesce(nullif(known.source_name, ''), 'web') as channel,
    known.currency,
    known.financial_status,
    known.fulfillment_status,
    known.utm_source,
    known.utm_medium,
    known.utm_campaign,
    known.ship_country,
    known.ship_province,
    stores.iana_timezone,

    ---------- money
    known.subtotal_amount,
    known.total_shipping_amount,
    known.total_tax_amount,

    ---------- booleans
    coalesce(channels.is_own_shop, true) as is_own_shop,
    known.is_tax_included,
    known.is_test,
    known.known_cancelled_at is not null as is_cancelled,
    known.paid_at is null
        and (known.known_cancelled_at is not null or known.financial_status = 'VOIDED') as is_voided,

    ---------- dates and timestamps
    {{ local_date('known.ordered_at', 'stores.iana_timezone') }} as business_date,
    known.promised_date,
    known.ordered_at,
    known.paid_at,
    known.known_cancelled_at as cancelled_at,
    known.first_shipped_at
from known
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = known.store_id
left join {{ ref('sales_channels') }} as channels on channels.channel = known.source_name
left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = known.customer_key
