{{ config(
    materialized='incremental',
    indexes=[{'columns': ['subject', 'business_date']}],
    pre_hook=[
        "{{ forget_touched('days', 'subject, business_date') }}",
        "{% if only_touched() %}delete from {{ this }} where check_name <> 'orders_are_what_the_source_says'{% endif %}",
    ],
) }}

-- Our orders against what their sources say of themselves: every order against its own total, every day against the
-- figure the vendor shows, every movement of money against its parts. Orders are added up for touched days only; days and
-- movements are few.
with marketplace_lines as (
    select
        lines.order_id,
        sum(lines.line_total_amount - lines.discount_amount + lines.shipping_amount + lines.tax_amount) as amount
    from {{ ref('stg_amazon__order_lines') }} as lines
    inner join {{ of_touched(ref('int_orders__dated'), 'days') }} as dated on dated.order_id = lines.order_id
    group by lines.order_id
),

orders_and_totals as (
    select
        valued.store_id,
        valued.business_date,
        valued.charged_amount + valued.gift_card_amount as left_amount,
        shopify.total_price_amount as right_amount
    from {{ of_touched(ref('int_orders__valued'), 'days') }} as valued
    inner join {{ ref('stg_shopify__orders') }} as shopify on shopify.order_id = valued.order_id
    where shopify.total_price_amount is not null
    union all
    select
        dated.store_id,
        dated.business_date,
        marketplace_lines.amount as left_amount,
        amazon.total_amount as right_amount
    from {{ of_touched(ref('int_orders__dated'), 'days') }} as dated
    inner join {{ ref('stg_amazon__orders') }} as amazon on amazon.order_id = dated.order_id
    left join marketplace_lines on marketplace_lines.order_id = dated.order_id
    where amazon.total_amount is not null
),

bridged_days as (
    select
        store_id,
        business_date,
        coalesce(sum(amount) filter (where kind in ('ours', 'step')), 0) as left_amount,
        coalesce(sum(amount) filter (where kind = 'shown'), 0) as right_amount
    from {{ ref('mart_sales_bridge_daily') }}
    group by store_id, business_date
),

parts as (
    select transaction_id, sum(amount) filter (where fee_type <> 'Unexplained') as amount
    from {{ ref('stg_amazon__transaction_lines') }}
    group by transaction_id
),

movements_and_parts as (
    select
        transactions.store_id,
        {{ local_date('transactions.posted_at', 'stores.iana_timezone') }} as business_date,
        coalesce(parts.amount, 0) as left_amount,
        transactions.total_amount as right_amount
    from {{ ref('stg_amazon__transactions') }} as transactions
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = transactions.store_id
    left join parts on parts.transaction_id = transactions.transaction_id
    where transactions.posted_at < {{ as_of_end() }}
),

pairs as (
    select
        'orders_are_what_the_source_says' as check_name,
        'Our lines, shipping and tax' as left_label,
        'The order''s own total' as right_label,
        *
    from orders_and_totals
    union all
    select 'bridge_reaches_the_vendors_figure', 'Our net sales and the named steps', 'What the vendor shows', *
    from bridged_days
    union all
    select 'movements_are_their_parts', 'Parts that are named', 'The movement''s own total', *
    from movements_and_parts
)

{{ compared_by_day('pairs', 'warning') }}
