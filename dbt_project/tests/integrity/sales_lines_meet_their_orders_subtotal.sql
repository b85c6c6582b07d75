{{ config(severity='warn') }}

-- An order's lines, with the tax put back where it was inside, are the order's own subtotal. Only a warning: a
-- shop that edits orders afterwards may say two things itself, and that must not hold everybody's night.
with fact_lines as (
    select
        lines.order_id,
        sum(lines.net_amount + case when dated.is_tax_included then lines.tax_amount else 0 end) as paid_amount,
        min(dated.subtotal_amount) as subtotal_amount
    from {{ of_touched(ref('fct_order_lines'), 'orders') }} as lines
    inner join {{ ref('int_orders__dated') }} as dated on dated.order_id = lines.order_id
    group by lines.order_id
)

select order_id, subtotal_amount, paid_amount
from fact_lines
where paid_amount <> subtotal_amount
