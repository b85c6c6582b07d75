{{ config(
    materialized='incremental',
    indexes=[{'columns': ['subject', 'business_date']}],
    pre_hook=[
        "{{ forget_touched('days', 'subject, business_date') }}",
        "{% if only_touched() %}delete from {{ this }} where check_name = 'days_are_the_profit_and_loss'{% endif %}",
    ],
) }}

-- Our own money, conserved from grain to grain: lines are their orders, orders and refunds their day, days the daily profit
-- and loss. Rows of one side only count too. Orders and lines are added up for touched days only; days and the profit and
-- loss, which advertising alone can give a row, are few.
with lines as (
    select
        order_id,
        min(store_id) as store_id,
        min(business_date) as business_date,
        coalesce(sum(net_amount) filter (where is_sale_line), 0) as amount
    from {{ of_touched(ref('fct_order_lines'), 'days') }} as order_lines
    group by order_id
),

orders_with_lines as (
    select
        coalesce(orders.store_id, lines.store_id) as store_id,
        coalesce(orders.business_date, lines.business_date) as business_date,
        coalesce(lines.amount, 0) as left_amount,
        coalesce(orders.gross_sales_amount - orders.discounts_amount, 0) as right_amount
    from {{ of_touched(ref('fct_orders'), 'days') }} as orders
    full outer join lines on lines.order_id = orders.order_id
),

booked as (
    select store_id, channel, business_date, gross_sales_amount - discounts_amount as amount
    from {{ of_touched(ref('fct_orders'), 'days') }} as orders
    where is_sale
    union all
    select refunds.store_id, orders.channel, refunds.refund_date as business_date, -refunds.amount as amount
    from {{ of_touched(ref('fct_refund_lines'), 'days', 'store_id, refund_date') }} as refunds
    left join {{ ref('fct_orders') }} as orders on orders.order_id = refunds.order_id
    where refunds.is_sale_line and refunds.kind <> 'adjustment'
),

booked_days as (
    select store_id, channel, business_date, sum(amount) as amount
    from booked
    group by store_id, channel, business_date
),

days_with_orders as (
    select
        coalesce(days.store_id, booked_days.store_id) as store_id,
        coalesce(days.business_date, booked_days.business_date) as business_date,
        coalesce(booked_days.amount, 0) as left_amount,
        coalesce(days.net_sales_amount, 0) as right_amount
    from {{ of_touched(ref('mart_daily_sales'), 'days') }} as days
    full outer join booked_days
        on booked_days.store_id = days.store_id
        and booked_days.channel = days.channel
        and booked_days.business_date = days.business_date
),

sold as (
    select store_id, business_date, sum(net_sales_amount) as amount
    from {{ ref('mart_daily_sales') }}
    group by store_id, business_date
),

profit as (
    select store_id, business_date, sum(net_sales_amount) as amount
    from {{ ref('mart_daily_pnl') }}
    where store_id <> ''
    group by store_id, business_date
),

profit_with_days as (
    select
        coalesce(sold.store_id, profit.store_id) as store_id,
        coalesce(sold.business_date, profit.business_date) as business_date,
        coalesce(sold.amount, 0) as left_amount,
        coalesce(profit.amount, 0) as right_amount
    from sold
    full outer join profit on profit.store_id = sold.store_id and profit.business_date = sold.business_date
),

pairs as (
    select 'lines_are_their_orders' as check_name, 'Lines' as left_label, 'Orders' as right_label, * from orders_with_lines
    union all
    select 'orders_are_their_day', 'Orders less refunds', 'Daily sales', * from days_with_orders
    union all
    select 'days_are_the_profit_and_loss', 'Daily sales', 'Daily profit and loss', * from profit_with_days
)

{{ compared_by_day('pairs', 'error') }}
