{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['order_line_id'], 'history': 'replace', 'touched': 'int_touched__orders'}},
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

with refunded as (
    select
        order_line_id,
        sum(quantity) as refunded_quantity,
        sum(amount) as refunded_amount,
        coalesce(sum(quantity) filter (where kind in ('return', 'cancel')), 0) as resellable_quantity,
        {{ whole_sum_or_zero('cost_back_reporting_amount', "kind in ('return', 'cancel') and unit_cost_amount is not null") }}
            as cost_back_reporting_amount
    from {{ of_touched(ref('int_refund_lines__booked'), 'orders') }} as booked
    where order_line_id is not null
    group by order_line_id
)

select
    lines.order_line_id,
    lines.order_id,
    lines.store_id,
    lines.source,
    lines.fulfilled_by,
    lines.variant_id,
    lines.sku,
    lines.channel_sku,
    lines.business_date,
    lines.quantity,
    lines.unit_price_amount,
    lines.line_total_amount,
    lines.discount_amount,
    lines.net_amount,
    lines.tax_amount,
    lines.currency,
    coalesce(refunded.refunded_quantity, 0)::int as refunded_quantity,
    coalesce(refunded.refunded_amount, 0) as refunded_amount,
    lines.unit_cost_amount,
    -- Resellable and cancelled units give their cost back; damaged ones do not.
    lines.unit_cost_amount * (lines.quantity - coalesce(refunded.resellable_quantity, 0)) as cogs_amount,
    {{ company('currency') }} as reporting_currency,
    lines.fx_rate,
    lines.fx_date,
    lines.gross_reporting_amount,
    lines.discount_reporting_amount,
    lines.net_reporting_amount,
    lines.cost_reporting_amount,
    lines.cost_reporting_amount - {{ zero_without('refunded.order_line_id', 'refunded.cost_back_reporting_amount') }}
        as cogs_reporting_amount,
    lines.is_sale_line,
    lines.is_gift_card
from {{ of_touched(ref('int_order_lines__priced'), 'orders') }} as lines
left join refunded on refunded.order_line_id = lines.order_line_id
