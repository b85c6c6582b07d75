-- Goods, tax and money without goods of a refund are together what the shop says it gave back.
with facts as (
    select refund_id, sum(amount + tax_amount) as amount
    from {{ of_touched(ref('fct_refund_lines'), 'orders') }} as fct_refund_lines
    group by refund_id
)

select
    refunds.refund_id,
    refunds.total_refunded_amount,
    facts.amount
from {{ of_touched(ref('stg_shopify__refunds'), 'orders') }} as refunds
inner join {{ ref('fct_orders') }} as orders on orders.order_id = refunds.order_id
left join facts on facts.refund_id = refunds.refund_id
where refunds.refunded_at < {{ as_of_end() }}
    and refunds.total_refunded_amount <> coalesce(facts.amount, 0)
