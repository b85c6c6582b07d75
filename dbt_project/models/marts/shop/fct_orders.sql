{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['order_id'], 'history': 'replace', 'touched': 'int_touched__order_facts'}},
    materialized='incremental',
    indexes=[{'columns': ['customer_key', 'is_new_customer']}, {'columns': ['business_date']}, {'columns': ['is_fully_shipped']}],
    pre_hook="{{ forget_touched('order_facts') }}",
) }}

with orders as (
    select * from {{ of_touched(ref('int_orders__totalled'), 'order_facts') }} as totalled
)

select
    ---------- identity
    orders.order_id,
    orders.store_id,
    orders.source,
    orders.channel,
    orders.fulfilled_by,
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
    orders.cm1_amount,
    orders.cost_coverage,
    margins.payment_fees_amount,
    margins.shipping_cost_amount,
    margins.handling_amount,
    margins.marketplace_fees_amount,
    margins.return_handling_amount,
    margins.cm2_amount,
    margins.cost_coverage_pct,

    ---------- the same in the reporting currency: sales at the order's day's rate, refunds each at its own
    {{ company('currency') }} as reporting_currency,
    orders.fx_rate,
    orders.fx_date,
    orders.gross_sales_reporting_amount,
    orders.discounts_reporting_amount,
    orders.returns_reporting_amount,
    orders.cancelled_reporting_amount,
    orders.net_sales_reporting_amount,
    orders.charged_tax_reporting_amount - orders.refunded_tax_reporting_amount as tax_reporting_amount,
    orders.shipping_reporting_amount,
    orders.net_sales_reporting_amount + orders.charged_tax_reporting_amount - orders.refunded_tax_reporting_amount
        + orders.shipping_reporting_amount as total_sales_reporting_amount,
    orders.cogs_reporting_amount,
    orders.cm1_reporting_amount,
    margins.cm2_reporting_amount,
    orders.fx_gain_loss_amount,

    ---------- who and from where
    case when orders.is_own_shop then ranked.is_new_customer end as is_new_customer,
    orders.utm_source,
    orders.utm_medium,
    orders.utm_campaign,

    ---------- delivery
    orders.ship_country,
    orders.ship_province,
    case
        when orders.fulfilled_by = 'marketplace' then 'amazon:AMAZON_FBA'
        else destinations.location_id
    end as preferred_location_id,
    coalesce(orders.promised_date, orders.marketplace_promised_date) as promised_date,
    case
        when orders.promised_date is not null then 'checkout'
        when orders.marketplace_promised_date is not null then 'marketplace'
    end as promise_source,
    orders.financial_status,
    orders.fulfillment_status,
    orders.first_shipped_at,
    coalesce(orders.fulfillment_status = 'FULFILLED', false) as is_fully_shipped
from orders
left join {{ ref('int_orders__ranked') }} as ranked on ranked.order_id = orders.order_id
left join {{ of_touched(ref('int_orders__margined'), 'order_facts') }} as margins on margins.order_id = orders.order_id
left join {{ ref('int_stores__known') }} as stores on stores.store_id = orders.store_id
left join {{ ref('int_destinations__served') }} as destinations
    on destinations.store_id = stores.stock_store_id
    and destinations.country = coalesce(orders.ship_country, '')
    and destinations.province = coalesce(orders.ship_province, '')
