-- Every order's lines give its gross sales, discounts and units.
with lines as (
    select
        order_id,
        sum(line_total_amount) as gross_sales_amount,
        sum(discount_amount) as discounts_amount,
        sum(quantity) as units
    from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
    where is_sale_line
    group by order_id
)

select
    orders.order_id,
    orders.gross_sales_amount,
    lines.gross_sales_amount as lines_gross_sales_amount
from {{ of_touched(ref('fct_orders'), 'orders') }} as orders
left join lines on lines.order_id = orders.order_id
where coalesce(lines.gross_sales_amount, 0) <> orders.gross_sales_amount
    or coalesce(lines.discounts_amount, 0) <> orders.discounts_amount
    or coalesce(lines.units, 0) <> orders.units
