{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What a marketplace gave back in our name, from its finance transactions. Whether goods came back, and in what state, only
-- its returns report says; money without such a row is an adjustment until one appears. Shipping given back is one always.
with refunds as (
    select
        transaction_id,
        coalesce(refund_id, transaction_id) as refund_id,
        order_id,
        posted_at
    from {{ of_touched(ref('stg_amazon__transactions'), 'orders') }} as transactions
    where transaction_type = 'Refund' and order_id is not null and posted_at < {{ as_of_end() }}
),

-- Of two orders with a line of one name one calls it after itself.
lines as (
    select
        lines.*,
        refunds.refund_id,
        refunds.order_id as refunded_order_id,
        refunds.posted_at as refunded_at,
        coalesce(namesakes.order_line_id, lines.order_line_id) as our_line_id
    from refunds
    inner join {{ ref('stg_amazon__transaction_lines') }} as lines on lines.transaction_id = refunds.transaction_id
    left join {{ ref('stg_amazon__order_lines') }} as namesakes
        on namesakes.order_line_id = refunds.order_id || '/' || lines.order_line_id
    where lines.order_line_id is not null
),

summed as (
    select
        lines.refund_id,
        lines.refunded_order_id as order_id,
        lines.our_line_id as order_line_id,
        max(lines.seller_sku) as seller_sku,
        max(lines.quantity) filter (where lines.kind = 'goods') as quantity,
        coalesce(-sum(lines.amount) filter (where lines.kind in ('goods', 'discount')), 0) as amount,
        coalesce(-sum(lines.amount) filter (where lines.kind = 'tax'), 0) as tax_amount,
        coalesce(-sum(lines.amount) filter (where lines.kind = 'shipping'), 0) as shipping_amount,
        min(lines.refunded_at) as refunded_at
    from lines
    group by lines.refund_id, lines.refunded_order_id, lines.our_line_id
),

returned as (
    select
        order_id,
        seller_sku,
        bool_or(disposition = 'SELLABLE') as is_sellable,
        min(reason) as reason
    from {{ of_touched(ref('stg_amazon__returns'), 'orders') }} as returns
    where returned_at < {{ as_of_end() }}
    group by order_id, seller_sku
),

goods as (
    select
        summed.refund_id || '/' || summed.order_line_id as refund_line_id,
        summed.refund_id,
        summed.order_id,
        summed.order_line_id,
        case when returned.is_sellable then 'return' when returned.order_id is not null then 'damaged' else 'adjustment' end
            as kind,
        case when returned.order_id is null then 0 else coalesce(summed.quantity, 0) end as quantity,
        summed.amount,
        summed.tax_amount,
        returned.reason,
        summed.refunded_at
    from summed
    left join returned on returned.order_id = summed.order_id and returned.seller_sku = summed.seller_sku
    where summed.amount <> 0 or summed.tax_amount <> 0
),

shipping as (
    select
        refund_id || '/adjustment' as refund_line_id,
        refund_id,
        order_id,
        cast(null as text) as order_line_id,
        'adjustment' as kind,
        0 as quantity,
        sum(shipping_amount) as amount,
        cast(0 as numeric) as tax_amount,
        cast(null as text) as reason,
        min(refunded_at) as refunded_at
    from summed
    where shipping_amount <> 0
    group by refund_id, order_id
)

select * from goods
union all
select * from shipping
