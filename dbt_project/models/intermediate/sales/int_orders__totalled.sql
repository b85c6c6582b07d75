with orders as (
    select * from {{ ref('int_orders__dated') }}
),

-- Children are brought to the order's grain before they meet it: a join of lines and refunds would count
-- money twice.
lines as (
    select
        order_id,
        count(*) filter (where is_sale_line) as sale_lines,
        sum(quantity) filter (where is_sale_line) as units,
        sum(line_total_amount) filter (where is_sale_line) as gross_sales_amount,
        sum(discount_amount) filter (where is_sale_line) as discounts_amount,
        sum(tax_amount) as all_tax_amount,
        sum(quantity) filter (where is_sale_line and unit_cost_amount is not null) as costed_units,
        sum(unit_cost_amount * quantity) filter (where is_sale_line) as cost_amount
    from {{ ref('int_order_lines__priced') }}
    group by order_id
),

refunds as (
    select
        order_id,
        sum(amount) filter (where kind in ('return', 'damaged')) as returns_amount,
        sum(amount) filter (where kind = 'cancel') as cancelled_amount,
        sum(tax_amount) as refunded_tax_amount,
        sum(unit_cost_amount * quantity) filter (where kind in ('return', 'cancel')) as cost_back_amount
    from {{ ref('int_refund_lines__booked') }}
    where is_sale_line
    group by order_id
),

joined as (
    select
        orders.*,
        not orders.is_test and not orders.is_voided and coalesce(lines.sale_lines, 0) > 0 as is_sale,
        coalesce(lines.units, 0)::int as units,
        coalesce(lines.gross_sales_amount, 0) as gross_sales_amount,
        coalesce(lines.discounts_amount, 0) as discounts_amount,
        coalesce(refunds.returns_amount, 0) as returns_amount,
        coalesce(refunds.cancelled_amount, 0) as cancelled_amount,
        coalesce(refunds.refunded_tax_amount, 0) as refunded_tax_amount,
        coalesce(lines.costed_units, 0) as costed_units,
        lines.cost_amount,
        coalesce(refunds.cost_back_amount, 0) as cost_back_amount,
        -- The shipping price holds its own tax where taxes are included: the order's tax that no line has.
        orders.total_shipping_amount - case
            when orders.is_tax_included then orders.total_tax_amount - coalesce(lines.all_tax_amount, 0)
            else 0
        end as shipping_net_amount
    from orders
    left join lines on lines.order_id = orders.order_id
    left join refunds on refunds.order_id = orders.order_id
)

select
    joined.*,
    case when is_sale then coalesce(total_tax_amount, 0) else 0 end as charged_tax_amount,
    case when is_sale then coalesce(shipping_net_amount, 0) else 0 end as shipping_amount,
    gross_sales_amount - discounts_amount - returns_amount - cancelled_amount as net_sales_amount,
    cost_amount - cost_back_amount as cogs_amount,
    {{ ratio('costed_units', 'units') }} as cost_coverage
from joined
