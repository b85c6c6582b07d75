{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What it cost to be paid: the processor's share of all that was charged, tax and shipping included, and its fixed
-- amount. Processors keep their fee when money goes back. Marketplaces collect the money themselves and say what it
-- costs among their fees; an order that nobody paid costs nothing.
with orders as (
    select
        order_id,
        store_id,
        channel,
        business_date,
        currency,
        is_own_shop and paid_at is not null as is_charged,
        gross_sales_amount - discounts_amount + charged_tax_amount + shipping_amount as charged_amount
    from {{ of_touched(ref('int_orders__totalled'), 'orders') }} as totalled
    where is_sale
),

priced as (
    select distinct on (orders.order_id)
        orders.*,
        fees.percent_rate,
        fees.fixed_amount,
        fees.currency as fee_currency,
        fees.is_estimate
    from orders
    left join {{ ref('payment_fees') }} as fees
        on fees.channel in (orders.channel, '*')
        and {{ holds_on('fees', 'orders.business_date') }}
    order by orders.order_id, (fees.channel = '*'), {{ nearest_currency('fees', 'orders.currency') }}
),

converted as (
    select
        priced.*,
        {{ fx_rate('order_fx', 'priced.currency') }} as order_rate,
        {{ in_currency(
            'priced.fixed_amount', 'priced.fee_currency', fx_rate('fee_fx', 'priced.fee_currency'),
            'priced.currency', fx_rate('order_fx', 'priced.currency')
        ) }} as fixed_in_order_currency
    from priced
    {{ join_fx('fee_fx', 'priced.fee_currency', 'priced.business_date') }}
    {{ join_fx('order_fx', 'priced.currency', 'priced.business_date') }}
),

charged as (
    select
        converted.*,
        case
            when not is_charged or charged_amount <= 0 then 0
            else {{ round_money('charged_amount * percent_rate + fixed_in_order_currency', 'currency') }}
        end as payment_fees_amount
    from converted
)

select
    order_id,
    store_id,
    business_date,
    currency,
    payment_fees_amount,
    case
        when payment_fees_amount = 0 then 0
        else {{ in_reporting('payment_fees_amount', 'order_rate') }}
    end as payment_fees_reporting_amount,
    coalesce(payment_fees_amount <> 0 and is_estimate, false) as is_estimate
from charged
