{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What a marketplace gave back in our name, from its finance transactions. How many units came back, and in what state, only
-- its returns report says; money for units without such a row is an adjustment until one appears. Shipping given back is one always.
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
        coalesce(nullif(max(lines.quantity) filter (where lines.kind = 'goods'), 0), 1) as units,
        max(lines.currency) as currency,
        coalesce(-sum(lines.amount) filter (where lines.kind in ('goods', 'discount')), 0) as amount,
        coalesce(-sum(lines.amount) filter (where lines.kind = 'tax'), 0) as tax_amount,
        coalesce(-sum(lines.amount) filter (where lines.kind = 'shipping'), 0) as shipping_amount,
        min(lines.refunded_at) as refunded_at
    from lines
    group by lines.refund_id, lines.refunded_order_id, lines.our_line_id
),

-- Units given back stand in the order of their refunds, units that came back in the order they came: each of these belongs to the
-- refund at its place. A refund that tells no quantity is for one unit, a returned box for one too.
refunded as (
    select
        *,
        sum(units) over (
            partition by order_id, seller_sku order by refunded_at, refund_id, order_line_id
        ) - units as units_before
    from summed
    where amount <> 0 or tax_amount <> 0
),

returned as (
    select
        order_id,
        seller_sku,
        case when disposition = 'SELLABLE' then 'return' else 'damaged' end as kind,
        reason,
        coalesce(quantity, 1) as units,
        sum(coalesce(quantity, 1)) over (
            partition by order_id, seller_sku order by returned_at, return_id
        ) - coalesce(quantity, 1) as units_before
    from {{ of_touched(ref('stg_amazon__returns'), 'orders') }} as returns
    where returned_at < {{ as_of_end() }}
),

came_back as (
    select
        refunded.refund_id,
        refunded.order_line_id,
        returned.kind,
        sum(
            least(refunded.units_before + refunded.units, returned.units_before + returned.units)
            - greatest(refunded.units_before, returned.units_before)
        ) as units,
        min(returned.reason) as reason
    from refunded
    inner join returned
        on returned.order_id = refunded.order_id
        and returned.seller_sku = refunded.seller_sku
        and returned.units_before < refunded.units_before + refunded.units
        and refunded.units_before < returned.units_before + returned.units
    group by refunded.refund_id, refunded.order_line_id, returned.kind
),

stayed_away as (
    select
        refunded.refund_id,
        refunded.order_line_id,
        'adjustment' as kind,
        refunded.units - coalesce(sum(came_back.units), 0) as units,
        cast(null as text) as reason
    from refunded
    left join came_back
        on came_back.refund_id = refunded.refund_id
        and came_back.order_line_id = refunded.order_line_id
    group by refunded.refund_id, refunded.order_line_id, refunded.units
    having refunded.units > coalesce(sum(came_back.units), 0)
),

-- The sellable ones of a line first, then the damaged, then what never came.
parts as (
    select
        *,
        sum(units) over (partition by refund_id, order_line_id order by kind desc) - units as units_before
    from (
        select * from came_back
        union all
        select * from stayed_away
    ) as kinds
),

goods as (
    select
        refunded.refund_id || '/' || refunded.order_line_id
            || case when parts.units_before > 0 then '/' || parts.kind else '' end as refund_line_id,
        refunded.refund_id,
        refunded.order_id,
        refunded.order_line_id,
        parts.kind,
        case when parts.kind = 'adjustment' then 0 else parts.units end::integer as quantity,
        {{ part_by_units('refunded.amount', 'parts', 'refunded.units', 'refunded.currency') }} as amount,
        {{ part_by_units('refunded.tax_amount', 'parts', 'refunded.units', 'refunded.currency') }} as tax_amount,
        parts.reason,
        refunded.refunded_at
    from refunded
    inner join parts
        on parts.refund_id = refunded.refund_id
        and parts.order_line_id = refunded.order_line_id
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
