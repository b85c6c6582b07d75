-- Goods less discounts, with shipping and tax, are what the buyer pays, to the cent per line (Amazon rounds each line).
select
    orders.order_id,
    orders.total_amount,
    sum(
        lines.line_total_amount - lines.discount_amount + lines.shipping_amount + lines.tax_amount
    ) as lines_amount
from {{ ref('stg_amazon__orders') }} as orders
inner join {{ ref('stg_amazon__order_lines') }} as lines on lines.order_id = orders.order_id
where orders.total_amount is not null
group by orders.order_id, orders.total_amount
having abs(
    orders.total_amount - sum(
        lines.line_total_amount - lines.discount_amount + lines.shipping_amount + lines.tax_amount
    )
) > 0.01 * count(*)
