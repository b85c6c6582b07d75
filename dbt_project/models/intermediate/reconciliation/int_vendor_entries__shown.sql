{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What each order adds to the figure a vendor's own page shows for a store's day, from the totals of the vendor's own
-- answers: none of our lines, none of our sums. Shopify's "Total sales" is every order that is no test, on the day it was
-- processed and whether or not it was paid, less refunds on the day they were made, gift cards left out of both. What is
-- cancelled unpaid goes off again on that day. Amazon's "Ordered product sales" is every unit ordered at the price shown,
-- whatever became of it.
with orders as (
    select
        orders.order_id,
        orders.store_id,
        orders.total_price_amount,
        orders.is_tax_included,
        dated.iana_timezone,
        dated.paid_at,
        dated.cancelled_at,
        {{ local_date('coalesce(orders.processed_at, orders.ordered_at)', 'dated.iana_timezone') }} as processed_date
    from {{ of_touched(ref('stg_shopify__orders'), 'orders') }} as orders
    inner join {{ of_touched(ref('int_orders__dated'), 'orders') }} as dated on dated.order_id = orders.order_id
    where not orders.is_test
),

lines as (
    select
        lines.order_line_id,
        lines.order_id,
        lines.is_gift_card,
        coalesce(lines.discounted_total_amount, lines.unit_price_amount * lines.quantity)
            - case when orders.is_tax_included then lines.tax_amount else 0 end as amount
    from {{ of_touched(ref('stg_shopify__order_lines'), 'orders') }} as lines
    inner join orders on orders.order_id = lines.order_id
),

gift_cards as (
    select order_id, sum(amount) as amount
    from lines
    where is_gift_card
    group by order_id
),

refund_goods as (
    select
        goods.refund_id,
        coalesce(sum(goods.amount) filter (where not goods.is_gift_card), 0) as amount,
        coalesce(sum(goods.amount) filter (where goods.is_gift_card), 0) as gift_card_amount
    from (
        select
            refund_lines.refund_id,
            coalesce(lines.is_gift_card, false) as is_gift_card,
            refund_lines.subtotal_amount + case when orders.is_tax_included then 0 else refund_lines.tax_amount end as amount
        from {{ of_touched(ref('stg_shopify__refund_lines'), 'orders') }} as refund_lines
        inner join orders on orders.order_id = refund_lines.order_id
        left join lines on lines.order_line_id = refund_lines.order_line_id
    ) as goods
    group by goods.refund_id
),

refunds as (
    select
        refunds.order_id,
        orders.store_id,
        {{ local_date('refunds.refunded_at', 'orders.iana_timezone') }} as refund_date,
        -- Money that was never paid cannot be given back: then it is the goods that go off.
        case
            when orders.paid_at <= refunds.refunded_at
                then refunds.total_refunded_amount - coalesce(refund_goods.gift_card_amount, 0)
            else coalesce(refund_goods.amount, 0)
        end as amount
    from {{ of_touched(ref('stg_shopify__refunds'), 'orders') }} as refunds
    inner join orders on orders.order_id = refunds.order_id
    left join refund_goods on refund_goods.refund_id = refunds.refund_id
    where refunds.refunded_at < {{ as_of_end() }}
),

taken_off as (
    select order_id, sum(amount) as amount
    from refunds
    group by order_id
)

select
    orders.order_id,
    orders.store_id,
    orders.processed_date as business_date,
    orders.total_price_amount - coalesce(gift_cards.amount, 0) as amount
from orders
left join gift_cards on gift_cards.order_id = orders.order_id
union all
select order_id, store_id, refund_date as business_date, -amount as amount
from refunds
union all
select
    orders.order_id,
    orders.store_id,
    {{ local_date('orders.cancelled_at', 'orders.iana_timezone') }} as business_date,
    coalesce(gift_cards.amount, 0) + coalesce(taken_off.amount, 0) - orders.total_price_amount as amount
from orders
left join gift_cards on gift_cards.order_id = orders.order_id
left join taken_off on taken_off.order_id = orders.order_id
where orders.cancelled_at is not null and orders.paid_at is null
union all
select order_id, store_id, business_date, shown_amount as amount
from {{ of_touched(ref('int_marketplace_lines__shown'), 'orders') }} as marketplace_lines
