{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- An order's way from CM1 to CM2, every cost on the order whenever it fell due. Each cost is brought to the order
-- before they meet. One that is not known makes CM2 null: half the costs are no margin.
with orders as (
    select * from {{ of_touched(ref('int_orders__totalled'), 'orders') }} as totalled
    where is_sale
),

parcels as (
    select
        order_id,
        {{ whole_sum('cost_amount') }} as shipping_cost_amount,
        {{ whole_sum('cost_reporting_amount') }} as shipping_cost_reporting_amount,
        bool_or(is_estimate) as is_estimate
    from {{ of_touched(ref('int_parcels__costed'), 'orders') }} as costed
    group by order_id
),

returns as (
    select
        order_id,
        {{ whole_sum('return_handling_amount') }} as return_handling_amount,
        {{ whole_sum('return_handling_reporting_amount') }} as return_handling_reporting_amount,
        bool_or(is_estimate) as is_estimate
    from {{ of_touched(ref('int_returns__handled'), 'orders') }} as handled
    group by order_id
),

-- Fees come in the marketplace's currency, which is the order's unless somebody moved.
fee_rows as (
    select
        fees.order_id,
        fees.reporting_amount,
        fees.is_estimated,
        {{ in_currency(
            'fees.amount', 'fees.currency', 'fees.fx_rate', 'orders.currency', fx_rate('order_fx', 'orders.currency')
        ) }} as amount
    from {{ of_touched(ref('int_marketplace_fees__posted'), 'orders') }} as fees
    inner join orders on orders.order_id = fees.order_id
    {{ join_fx('order_fx', 'orders.currency', 'fees.posted_date') }}
),

fees as (
    select
        order_id,
        {{ whole_sum('amount') }} as marketplace_fees_amount,
        {{ whole_sum('reporting_amount') }} as marketplace_fees_reporting_amount,
        bool_or(is_estimated) as is_estimate
    from fee_rows
    group by order_id
),

joined as (
    select
        orders.order_id,
        orders.currency,
        orders.units,
        orders.costed_units,
        orders.cm1_amount,
        orders.cm1_reporting_amount,
        charged.payment_fees_amount,
        charged.payment_fees_reporting_amount,
        case when parcels.order_id is null then 0 else parcels.shipping_cost_amount end as shipping_cost_amount,
        case when parcels.order_id is null then 0 else parcels.shipping_cost_reporting_amount end
            as shipping_cost_reporting_amount,
        handled.handling_amount,
        handled.handling_reporting_amount,
        -- A marketplace posts its fees some days after the order: until then they are unknown, not nothing.
        case
            when fees.order_id is not null then fees.marketplace_fees_amount
            when orders.is_own_shop or orders.is_cancelled then 0
        end as marketplace_fees_amount,
        case
            when fees.order_id is not null then fees.marketplace_fees_reporting_amount
            when orders.is_own_shop or orders.is_cancelled then 0
        end as marketplace_fees_reporting_amount,
        case when returns.order_id is null then 0 else returns.return_handling_amount end as return_handling_amount,
        case when returns.order_id is null then 0 else returns.return_handling_reporting_amount end
            as return_handling_reporting_amount,
        charged.is_estimate or handled.is_estimate or coalesce(parcels.is_estimate, false)
            or coalesce(returns.is_estimate, false) or coalesce(fees.is_estimate, false) as is_cost_estimated
    from orders
    inner join {{ of_touched(ref('int_orders__charged'), 'orders') }} as charged on charged.order_id = orders.order_id
    inner join {{ of_touched(ref('int_orders__handled'), 'orders') }} as handled on handled.order_id = orders.order_id
    left join parcels on parcels.order_id = orders.order_id
    left join returns on returns.order_id = orders.order_id
    left join fees on fees.order_id = orders.order_id
),

summed as (
    select
        joined.*,
        payment_fees_amount + shipping_cost_amount + handling_amount + marketplace_fees_amount + return_handling_amount
            as below_cm1_amount,
        payment_fees_reporting_amount + shipping_cost_reporting_amount + handling_reporting_amount
            + marketplace_fees_reporting_amount + return_handling_reporting_amount as below_cm1_reporting_amount
    from joined
)

select
    order_id,
    currency,
    payment_fees_amount,
    shipping_cost_amount,
    handling_amount,
    marketplace_fees_amount,
    return_handling_amount,
    cm1_amount - below_cm1_amount as cm2_amount,
    cm1_reporting_amount - below_cm1_reporting_amount as cm2_reporting_amount,
    100 * {{ ratio('case when below_cm1_amount is null then 0 else costed_units end', 'units') }} as cost_coverage_pct,
    is_cost_estimated
from summed
