-- From the shop's own words to the fact: an order's lines, with the tax put back where it was inside, are the
-- order's subtotal, and no line is lost or doubled on the way.
with source_lines as (
    select order_id, count(*) as lines
    from {{ ref('stg_shopify__order_lines') }}
    group by order_id
),

fact_lines as (
    select
        lines.order_id,
        count(*) as lines,
        sum(lines.net_amount + case when dated.is_tax_included then lines.tax_amount else 0 end) as paid_amount,
        min(dated.subtotal_amount) as subtotal_amount
    from {{ ref('fct_order_lines') }} as lines
    inner join {{ ref('int_orders__dated') }} as dated on dated.order_id = lines.order_id
    group by lines.order_id
)

select
    orders.order_id,
    source_lines.lines as source_lines,
    fact_lines.lines,
    fact_lines.subtotal_amount,
    fact_lines.paid_amount
from {{ ref('fct_orders') }} as orders
left join source_lines on source_lines.order_id = orders.order_id
left join fact_lines on fact_lines.order_id = orders.order_id
where source_lines.lines is distinct from fact_lines.lines
    or fact_lines.paid_amount <> fact_lines.subtotal_amount
