{{ config(
    materialized='incremental',
    indexes=[{'columns': ['subject', 'business_date']}],
    pre_hook="{{ forget_touched('days', 'subject, business_date') }}",
) }}

-- What buyers of a marketplace were charged on a day against what it has paid us for these orders so far. Between the two
-- stand what it has not posted yet, holds back, keeps as fees, gave back to buyers, and tax it passed through.
with orders as (
    select
        dated.order_id,
        dated.store_id,
        dated.business_date,
        sum(lines.line_total_amount - lines.discount_amount + lines.shipping_amount) as charged_amount
    from {{ of_touched(ref('int_orders__dated'), 'days') }} as dated
    inner join {{ ref('stg_amazon__order_lines') }} as lines on lines.order_id = dated.order_id
    where not dated.is_voided
    group by dated.order_id, dated.store_id, dated.business_date
),

transactions as (
    select posted.*
    from {{ ref('stg_amazon__transactions') }} as posted
    inner join orders on orders.order_id = posted.order_id
    where posted.posted_at < {{ as_of_end() }}
),

parts as (
    select
        transactions.order_id,
        bool_or(transactions.transaction_type = 'Shipment') as is_posted,
        sum(lines.amount) filter (where lines.kind = 'fee') as fees_amount,
        sum(lines.amount) filter (where lines.kind = 'tax') as tax_amount,
        sum(lines.amount) filter (
            where lines.kind in ('goods', 'discount', 'shipping') and transactions.transaction_type = 'Refund'
        ) as refunds_amount
    from transactions
    left join {{ ref('stg_amazon__transaction_lines') }} as lines on lines.transaction_id = transactions.transaction_id
    group by transactions.order_id
),

totals as (
    select
        order_id,
        sum(total_amount) filter (where is_deferred) as held_amount,
        sum(total_amount) filter (where not is_deferred) as paid_amount
    from transactions
    group by order_id
),

settled as (
    select
        orders.*,
        coalesce(parts.is_posted, false) as is_posted,
        case when coalesce(parts.is_posted, false) then 0 else orders.charged_amount end as unposted_amount,
        -coalesce(parts.fees_amount, 0) as fees_amount,
        -coalesce(parts.refunds_amount, 0) as refunds_amount,
        -coalesce(parts.tax_amount, 0) as tax_amount,
        coalesce(totals.held_amount, 0) as held_amount,
        coalesce(totals.paid_amount, 0) as paid_amount
    from orders
    left join parts on parts.order_id = orders.order_id
    left join totals on totals.order_id = orders.order_id
),

explained as (
    select
        settled.*,
        unposted_amount + held_amount + fees_amount + refunds_amount + tax_amount as explained_amount
    from settled
)

select
    'marketplace_orders_are_paid_out' as check_name,
    explained.store_id as subject,
    explained.business_date,
    'warning' as severity,
    'Charged to buyers' as left_label,
    'Paid out so far' as right_label,
    coalesce(sum(charged_amount), 0) as left_amount,
    sum(paid_amount) as right_amount,
    coalesce(sum(explained_amount), 0) as explained_amount,
    'fees ' || round(sum(fees_amount), 2)
        || ', refunds ' || round(sum(refunds_amount), 2)
        || ', held back ' || round(sum(held_amount), 2)
        || ', not posted yet ' || round(coalesce(sum(unposted_amount), 0), 2)
        || ', tax passed through ' || round(sum(tax_amount), 2) as explanation,
    count(*) as compared_records,
    count(*) filter (
        where coalesce(charged_amount, 0) - paid_amount <> coalesce(explained_amount, 0)
    ) as differing_records,
    min(stores.currency) as unit
from explained
inner join {{ ref('int_stores__known') }} as stores on stores.store_id = explained.store_id
group by explained.store_id, explained.business_date
