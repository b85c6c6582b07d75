{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What single orders add to the named steps of a bridge, or take off again. Most add nothing.
with orders as (
    select
        valued.*,
        {{ local_date('coalesce(shopify.processed_at, shopify.ordered_at)', 'valued.iana_timezone') }} as processed_date
    from {{ of_touched(ref('int_orders__valued'), 'orders') }} as valued
    inner join {{ of_touched(ref('stg_shopify__orders'), 'orders') }} as shopify on shopify.order_id = valued.order_id
    where not valued.is_test
),

-- Refunds of orders that had not been paid when they were made.
unpaid as (
    select
        refunds.store_id,
        refunds.order_id,
        refunds.refund_date as business_date,
        refunds.kind,
        refunds.amount,
        refunds.amount + refunds.tax_amount as goods_amount,
        orders.is_voided,
        coalesce(lines.is_gift_card, false) as is_gift_card
    from {{ of_touched(ref('int_refund_lines__booked'), 'orders') }} as refunds
    inner join orders on orders.order_id = refunds.order_id
    left join {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines on lines.order_line_id = refunds.order_line_id
    where orders.paid_at is null or orders.paid_at > refunds.refunded_at
),

voided_refunds as (
    select order_id, store_id, business_date, goods_amount
    from unpaid
    where is_voided and kind <> 'adjustment' and not is_gift_card
),

voided_taken_off as (
    select order_id, sum(goods_amount) as goods_amount
    from voided_refunds
    group by order_id
),

marketplace_lines as (
    select
        lines.order_id,
        lines.store_id,
        lines.business_date,
        lines.line_total_amount,
        orders.is_voided,
        -- A price that holds tax is more than what the goods alone bring, by more than the rounding of a unit.
        case
            when shown.shown_amount > lines.line_total_amount + 0.01 * lines.quantity then lines.tax_amount else 0
        end as tax_in_price_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines
    inner join {{ of_touched(ref('int_orders__dated'), 'orders') }} as orders on orders.order_id = lines.order_id
    inner join {{ of_touched(ref('int_marketplace_lines__shown'), 'orders') }} as shown on shown.order_line_id = lines.order_line_id
)

-- Our adjustment of such a refund is the goods' money that nobody gave back: off again, so that only the goods go.
select order_id, store_id, business_date, 'unpaid_refunds' as line_name, amount
from unpaid
where kind = 'adjustment' and not is_voided
union all
select order_id, store_id, business_date, 'gift_card_orders', charged_amount
from orders
where not is_sale and not is_voided
union all
select order_id, store_id, business_date, 'voided_orders', charged_amount
from orders
where is_voided
union all
select order_id, store_id, business_date, 'voided_orders_cancelled', -goods_amount
from voided_refunds
union all
select
    orders.order_id,
    orders.store_id,
    {{ local_date('orders.cancelled_at', 'orders.iana_timezone') }},
    'voided_orders_cancelled',
    coalesce(voided_taken_off.goods_amount, 0) - orders.charged_amount
from orders
left join voided_taken_off on voided_taken_off.order_id = orders.order_id
where orders.is_voided and orders.cancelled_at is not null
union all
select order_id, store_id, business_date, 'processed_on_another_day', -charged_amount
from orders
where processed_date <> business_date
union all
select order_id, store_id, processed_date, 'processed_on_another_day', charged_amount
from orders
where processed_date <> business_date
union all
select order_id, store_id, business_date, 'cancelled_orders', line_total_amount
from marketplace_lines
where is_voided
union all
select order_id, store_id, business_date, 'tax_in_prices', tax_in_price_amount
from marketplace_lines
