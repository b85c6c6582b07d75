{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Lines of every shop and marketplace without tax, with what they cost us, in their own currency and in the reporting
-- one. Each line is converted at its own day's rate; whatever is above it only adds up.
with orders as (
    select * from {{ of_touched(ref('int_orders__dated'), 'orders') }} as dated
),

lines as (
    select * from {{ of_touched(ref('int_shop_lines__discounted'), 'orders') }} as discounted
    union all
    select
        order_line_id,
        order_id,
        cast(null as text) as variant_id,
        seller_sku as sku,
        quantity,
        unit_price_amount,
        line_total_amount,
        coalesce(discount_amount, 0) as discount_amount,
        coalesce(tax_amount, 0) as tax_amount,
        false as is_gift_card
    from {{ of_touched(ref('stg_amazon__order_lines'), 'orders') }} as order_lines
),

-- What is in a line, in our own SKUs: a kit costs what its components cost, and nothing is known of it while the cost
-- of one is missing. Costs in another currency come over the reporting one.
contents as (
    select
        units.order_line_id,
        count(*) as skus,
        min(units.sku) as sku,
        sum(units.units) as our_units,
        {{ whole_sum(
            'units.units_per * case when costs.unit_cost_currency = units.currency then costs.unit_cost_amount else '
            ~ 'round(costs.unit_cost_amount * ' ~ fx_rate('cost_fx', 'costs.unit_cost_currency') ~ ' / '
            ~ fx_rate('line_fx', 'units.currency') ~ ', 4) end'
        ) }} as unit_cost_amount,
        {{ whole_sum(in_reporting(
            'units.units * costs.unit_cost_amount', fx_rate('cost_fx', 'costs.unit_cost_currency')
        )) }} as cost_reporting_amount
    from {{ of_touched(ref('int_order_units__mapped'), 'orders') }} as units
    left join {{ ref('int_skus__costed') }} as costs on costs.sku = units.sku
    {{ join_fx('cost_fx', 'costs.unit_cost_currency', 'units.business_date') }}
    {{ join_fx('line_fx', 'units.currency', 'units.business_date') }}
    group by units.order_line_id
),

converted as (
    select
        lines.*,
        orders.store_id,
        orders.source,
        orders.channel,
        orders.fulfilled_by,
        orders.business_date,
        orders.currency,
        -- The one eligibility flag: gross, discounts, returns, tax and units all obey it. A marketplace tells the
        -- price of a pending order later.
        not orders.is_test
            and not orders.is_voided
            and not lines.is_gift_card
            and lines.line_total_amount is not null as is_sale_line,
        {{ fx_rate('fx', 'orders.currency') }} as fx_rate,
        {{ in_reporting('lines.line_total_amount', fx_rate('fx', 'orders.currency')) }} as gross_reporting_amount,
        {{ in_reporting('lines.discount_amount', fx_rate('fx', 'orders.currency')) }} as discount_reporting_amount
    from lines
    inner join orders on orders.order_id = lines.order_id
    {{ join_fx('fx', 'orders.currency', 'orders.business_date') }}
)

select
    ---------- ids
    converted.order_line_id,
    converted.order_id,
    converted.store_id,
    converted.source,
    converted.channel,
    converted.fulfilled_by,
    converted.variant_id,
    case when contents.skus = 1 then contents.sku else converted.sku end as sku,
    converted.sku as channel_sku,
    converted.business_date,

    ---------- numerics, all without tax
    converted.quantity,
    contents.our_units,
    converted.unit_price_amount,
    converted.line_total_amount,
    converted.discount_amount,
    converted.line_total_amount - converted.discount_amount as net_amount,
    converted.tax_amount,
    converted.currency,
    contents.unit_cost_amount,

    ---------- the same in the reporting currency, at the day's rate
    converted.gross_reporting_amount,
    converted.discount_reporting_amount,
    converted.gross_reporting_amount - converted.discount_reporting_amount as net_reporting_amount,
    contents.cost_reporting_amount,
    converted.fx_rate,
    converted.business_date as fx_date,

    ---------- booleans
    converted.is_sale_line,
    converted.is_gift_card
from converted
left join contents on contents.order_line_id = converted.order_line_id
