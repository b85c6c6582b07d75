{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

with orders as (
    select * from {{ of_touched(ref('int_orders__dated'), 'orders') }} as dated
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
        sum(unit_cost_amount * quantity) filter (where is_sale_line) as cost_amount,
        {{ whole_sum_or_zero('gross_reporting_amount', 'is_sale_line') }} as gross_sales_reporting_amount,
        {{ whole_sum_or_zero('discount_reporting_amount', 'is_sale_line') }} as discounts_reporting_amount,
        {{ whole_sum('cost_reporting_amount', 'is_sale_line and unit_cost_amount is not null') }} as cost_reporting_amount,
        max(fx_rate) as fx_rate
    from {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as priced
    group by order_id
),

refunds as (
    select
        order_id,
        sum(amount) filter (where kind in ('return', 'damaged')) as returns_amount,
        sum(amount) filter (where kind = 'cancel') as cancelled_amount,
        sum(tax_amount) as refunded_tax_amount,
        {{ whole_sum_or_zero(in_reporting('tax_amount', 'fx_rate'), "kind <> 'adjustment'") }} as refunded_tax_reporting_amount,
        sum(unit_cost_amount * quantity) filter (where kind in ('return', 'cancel')) as cost_back_amount,
        {{ whole_sum_or_zero('reporting_amount', "kind in ('return', 'damaged')") }} as returns_reporting_amount,
        {{ whole_sum_or_zero('reporting_amount', "kind = 'cancel'") }} as cancelled_reporting_amount,
        {{ whole_sum_or_zero('order_rate_amount', "kind <> 'adjustment'") }} as order_rate_amount,
        {{ whole_sum_or_zero(
            'cost_back_reporting_amount', "kind in ('return', 'cancel') and unit_cost_amount is not null"
        ) }} as cost_back_reporting_amount
    from {{ of_touched(ref('int_refund_lines__booked'), 'orders') }} as booked
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
        {{ zero_without('refunds.order_id', 'refunds.refunded_tax_reporting_amount') }} as refunded_tax_reporting_amount,
        coalesce(lines.costed_units, 0) as costed_units,
        lines.cost_amount,
        coalesce(refunds.cost_back_amount, 0) as cost_back_amount,
        {{ zero_without('lines.order_id', 'lines.gross_sales_reporting_amount') }} as gross_sales_reporting_amount,
        {{ zero_without('lines.order_id', 'lines.discounts_reporting_amount') }} as discounts_reporting_amount,
        {{ zero_without('refunds.order_id', 'refunds.returns_reporting_amount') }} as returns_reporting_amount,
        {{ zero_without('refunds.order_id', 'refunds.cancelled_reporting_amount') }} as cancelled_reporting_amount,
        {{ zero_without('refunds.order_id', 'refunds.order_rate_amount') }} as refunds_at_order_rate_amount,
        lines.cost_reporting_amount,
        {{ zero_without('refunds.order_id', 'refunds.cost_back_reporting_amount') }} as cost_back_reporting_amount,
        lines.fx_rate,
        orders.business_date as fx_date,
        -- The shipping price holds its own tax where taxes are included: the order's tax that no line has.
        orders.total_shipping_amount - case
            when orders.is_tax_included then orders.total_tax_amount - coalesce(lines.all_tax_amount, 0)
            else 0
        end as shipping_net_amount
    from orders
    left join lines on lines.order_id = orders.order_id
    left join refunds on refunds.order_id = orders.order_id
),

netted as (
    select
        joined.*,
        case when is_sale then coalesce(total_tax_amount, 0) else 0 end as charged_tax_amount,
        case when is_sale then coalesce(shipping_net_amount, 0) else 0 end as shipping_amount,
        gross_sales_amount - discounts_amount - returns_amount - cancelled_amount as net_sales_amount,
        cost_amount - cost_back_amount as cogs_amount,
        {{ ratio('costed_units', 'units') }} as cost_coverage,
        gross_sales_reporting_amount - discounts_reporting_amount
            - returns_reporting_amount - cancelled_reporting_amount as net_sales_reporting_amount,
        cost_reporting_amount - cost_back_reporting_amount as cogs_reporting_amount,
        returns_reporting_amount + cancelled_reporting_amount - refunds_at_order_rate_amount as fx_gain_loss_amount
    from joined
)

select
    netted.*,
    case when is_sale then {{ in_reporting('charged_tax_amount', 'fx_rate') }} else 0 end as charged_tax_reporting_amount,
    case when is_sale then {{ in_reporting('shipping_amount', 'fx_rate') }} else 0 end as shipping_reporting_amount,
    -- Half a cost is no margin: CM1 is known when every unit's cost is.
    case when cost_coverage = 1 then net_sales_amount - cogs_amount end as cm1_amount,
    case when cost_coverage = 1 then net_sales_reporting_amount - cogs_reporting_amount end as cm1_reporting_amount
from netted
