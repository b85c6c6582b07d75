-- Goods, promotions, tax and shipping of a marketplace's refunds are together what its transactions say was given back.
with posted as (
    select
        transactions.order_id,
        -sum(lines.amount) as amount
    from {{ of_touched(ref('stg_amazon__transactions'), 'orders') }} as transactions
    inner join {{ ref('stg_amazon__transaction_lines') }} as lines
        on lines.transaction_id = transactions.transaction_id
        and lines.kind in ('goods', 'discount', 'tax', 'shipping')
        and lines.order_line_id is not null
    where transactions.transaction_type = 'Refund' and transactions.posted_at < {{ as_of_end() }}
    group by transactions.order_id
),

facts as (
    select order_id, sum(amount + tax_amount) as amount
    from {{ of_touched(ref('fct_refund_lines'), 'orders') }} as refund_lines
    where source = 'amazon'
    group by order_id
)

select orders.order_id, posted.amount as posted_amount, facts.amount
from {{ of_touched(ref('fct_orders'), 'orders') }} as orders
left join posted on posted.order_id = orders.order_id
left join facts on facts.order_id = orders.order_id
where orders.source = 'amazon' and coalesce(posted.amount, 0) <> coalesce(facts.amount, 0)
