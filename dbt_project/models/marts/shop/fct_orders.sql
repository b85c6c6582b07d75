{{ config(meta={'publish': {'schema': 'mart', 'key': ['order_id'], 'history': 'replace'}}) }}

with orders as (
    select * from {{ ref('int_orders__totalled') }}
)

select
    ---------- identity
    orders.order_id,
    orders.store_id,
    'shopify' as source,
    orders.channel,
    orders.order_name,
    orders.customer_key,

    ---------- when
    orders.business_date,
    orders.ordered_at,
    orders.paid_at,
    orders.cancelled_at,

    ---------- whether it counts
    orders.is_test,
    orders.is_cancelled,
    orders.is_voided,
    orders.is_sale,

    ---------- money, without tax unless it says tax
    orders.currency,
    orders.units,
    orders.gross_sales_amount,
    orders.discounts_amount,
    orders.returns_amount,
    orders.cancelled_amount,
    orders.net_sales_amount,
    orders.charged_tax_amount - orders.refunded_tax_amount as tax_amount,
    orders.shipping_amount,
    orders.net_sales_amount + orders.charged_tax_amount - orders.refunded_tax_amount + orders.shipping_amount
        as total_sales_amount,
    orders.cogs_amount,
    -- Half a cost is no margin: CM1 is known when every unit's cost is.
    case when orders.cost_coverage = 1 then orders.net_sales_amount - orders.cogs_amount end as cm1_amount,
    orders.cost_coverage,

    ---------- who and from where
    case when orders.is_own_shop then ranked.is_new_customer end as is_new_customer,
    orders.utm_source,
    orders.utm_medium,
    orders.utm_campaign,

    ---------- delivery
    orders.ship_country,
    orders.ship_province,
    destinations.location_id as preferred_location_id,
    orders.promised_date,
    case when orders.promised_date is not null then 'checkout' end as promise_source,
    orders.financial_status,
    orders.fulfillment_status,
    orders.first_shipped_at,
    coalesce(orders.fulfillment_status = 'FULFILLED', false) as is_fully_shipped
from orders
left join {{ ref('int_orders__ranked') }} as ranked on ranked.order_id = orders.order_id
left join {{ ref('int_destinations__routed') }} as destinations
    on destinations.country = coalesce(orders.ship_country, '')
    and destinations.province = coalesce(orders.ship_province, '')
