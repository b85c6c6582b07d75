{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'refund_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

with orders as (
    select * from {{ of_touched(ref('int_orders__dated'), 'orders') }} as dated
),

refunds as (
    select * from {{ of_touched(ref('stg_shopify__refunds'), 'orders') }} as refunds
    where refunded_at < {{ as_of_end() }}
),

refund_lines as (
    select
        lines.*,
        -- What the buyer got back for the goods, tax included.
        lines.subtotal_amount + case when orders.is_tax_included then 0 else lines.tax_amount end as money_amount,
        lines.subtotal_amount - case when orders.is_tax_included then lines.tax_amount else 0 end as goods_amount,
        -- Goods that had not left the house when they were refunded were cancelled, whatever the restock says.
        lines.restock_type = 'CANCEL'
            or orders.first_shipped_at is null
            or orders.first_shipped_at > lines.refunded_at as is_cancel
    from {{ of_touched(ref('stg_shopify__refund_lines'), 'orders') }} as lines
    inner join orders on orders.order_id = lines.order_id
    where lines.refunded_at < {{ as_of_end() }}
),

reasons as (
    select distinct on (order_line_id)
        order_line_id,
        return_reason
    from {{ of_touched(ref('stg_shopify__return_lines'), 'orders') }} as return_lines
    where requested_at is null or requested_at < {{ as_of_end() }}
    order by order_line_id, requested_at desc nulls last, return_line_id
),

goods as (
    select
        refund_lines.refund_line_id,
        refund_lines.refund_id,
        refund_lines.order_id,
        refund_lines.order_line_id,
        lines.variant_id,
        lines.sku,
        case
            when refund_lines.is_cancel then 'cancel'
            when refund_lines.restock_type = 'NO_RESTOCK' then 'damaged'
            else 'return'
        end as kind,
        refund_lines.quantity,
        refund_lines.goods_amount as amount,
        refund_lines.tax_amount,
        case when not refund_lines.is_cancel then reasons.return_reason end as reason,
        refund_lines.restock_type,
        refund_lines.location_id,
        coalesce(lines.is_sale_line, false) as is_sale_line,
        lines.unit_cost_amount,
        refund_lines.is_date_estimated,
        refund_lines.refunded_at
    from refund_lines
    left join {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines on lines.order_line_id = refund_lines.order_line_id
    left join reasons on reasons.order_line_id = refund_lines.order_line_id
),

goods_money as (
    select refund_id, sum(money_amount) as money_amount
    from refund_lines
    group by refund_id
),

-- Money given back without goods (goodwill, shipping), or kept although goods came back (a fee: negative).
adjustments as (
    select
        refunds.refund_id || '/adjustment' as refund_line_id,
        refunds.refund_id,
        refunds.order_id,
        cast(null as text) as order_line_id,
        cast(null as text) as variant_id,
        cast(null as text) as sku,
        'adjustment' as kind,
        0 as quantity,
        refunds.total_refunded_amount - coalesce(goods_money.money_amount, 0) as amount,
        cast(0 as numeric) as tax_amount,
        cast(null as text) as reason,
        cast(null as text) as restock_type,
        cast(null as text) as location_id,
        not orders.is_test and not orders.is_voided as is_sale_line,
        cast(null as numeric) as unit_cost_amount,
        refunds.is_date_estimated,
        refunds.refunded_at
    from refunds
    inner join orders on orders.order_id = refunds.order_id
    left join goods_money on goods_money.refund_id = refunds.refund_id
    where refunds.total_refunded_amount <> coalesce(goods_money.money_amount, 0)
),

marketplace as (
    select
        judged.refund_line_id,
        judged.refund_id,
        judged.order_id,
        judged.order_line_id,
        cast(null as text) as variant_id,
        lines.sku,
        judged.kind,
        judged.quantity,
        judged.amount,
        judged.tax_amount,
        judged.reason,
        cast(null as text) as restock_type,
        cast(null as text) as location_id,
        coalesce(lines.is_sale_line, not orders.is_voided) as is_sale_line,
        lines.unit_cost_amount,
        false as is_date_estimated,
        judged.refunded_at
    from {{ of_touched(ref('int_marketplace_refund_lines__judged'), 'orders') }} as judged
    inner join orders on orders.order_id = judged.order_id
    left join {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines on lines.order_line_id = judged.order_line_id
),

booked as (
    select * from goods
    union all
    select * from adjustments
    union all
    select * from marketplace
),

dated as (
    select
        booked.*,
        orders.store_id,
        orders.source,
        orders.channel,
        orders.fulfilled_by,
        orders.currency,
        orders.business_date as order_date,
        {{ local_date('booked.refunded_at', 'orders.iana_timezone') }} as refund_date
    from booked
    inner join orders on orders.order_id = booked.order_id
)

-- Money given back is worth what it is on its own day; what it was worth on the day of its order stands beside it.
select
    dated.*,
    {{ in_reporting('dated.amount', fx_rate('fx', 'dated.currency')) }} as reporting_amount,
    {{ in_reporting('dated.amount', fx_rate('order_fx', 'dated.currency')) }} as order_rate_amount,
    case when dated.kind in ('return', 'cancel') then
        {{ in_reporting('dated.unit_cost_amount * dated.quantity', fx_rate('fx', 'dated.currency')) }}
    end as cost_back_reporting_amount,
    {{ fx_rate('fx', 'dated.currency') }} as fx_rate,
    dated.refund_date as fx_date
from dated
{{ join_fx('fx', 'dated.currency', 'dated.refund_date') }}
{{ join_fx('order_fx', 'dated.currency', 'dated.order_date') }}
