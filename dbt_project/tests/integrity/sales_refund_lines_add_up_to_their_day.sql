-- What a day books as returned, cancelled and given without goods is what its refund lines say.
with refunds as (
    select
        refunds.store_id,
        orders.channel,
        refunds.refund_date as business_date,
        coalesce(sum(refunds.amount) filter (where refunds.kind in ('return', 'damaged')), 0) as returns_amount,
        coalesce(sum(refunds.amount) filter (where refunds.kind = 'cancel'), 0) as cancellations_amount,
        coalesce(sum(refunds.amount) filter (where refunds.kind = 'adjustment'), 0) as goodwill_amount
    from {{ of_touched(ref('fct_refund_lines'), 'days', 'store_id, refund_date') }} as refunds
    inner join {{ ref('fct_orders') }} as orders on orders.order_id = refunds.order_id
    where refunds.is_sale_line
    group by refunds.store_id, orders.channel, refunds.refund_date
)

select
    coalesce(days.business_date, refunds.business_date) as business_date,
    days.returns_amount,
    refunds.returns_amount as refund_lines_amount
from {{ of_touched(ref('mart_daily_sales'), 'days') }} as days
full outer join refunds
    on refunds.store_id = days.store_id
    and refunds.channel = days.channel
    and refunds.business_date = days.business_date
where (days.returns_amount, days.cancellations_amount, days.goodwill_amount)
    is distinct from (
        coalesce(refunds.returns_amount, 0),
        coalesce(refunds.cancellations_amount, 0),
        coalesce(refunds.goodwill_amount, 0)
    )
