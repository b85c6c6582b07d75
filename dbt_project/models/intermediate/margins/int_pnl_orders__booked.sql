{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched('days') }}",
) }}

-- What orders earned and cost each store and channel, by kind, on the day it happened: sales and handling on the day of the
-- order, parcels on their label's, refunds and returned goods on the refund's. An amount that is not wholly known is null.
with orders as not materialized (
    select
        *,
        case when is_own_shop then 'shop' else channel end as channel_group
    from {{ ref('int_orders__totalled') }}
    where is_sale
),

goods_sold as (
    select
        orders.store_id,
        orders.channel_group,
        orders.business_date,
        {{ whole_sum('lines.cost_reporting_amount') }} as cost_reporting_amount
    from {{ of_touched(ref('int_order_lines__priced'), 'days') }} as lines
    inner join orders on orders.order_id = lines.order_id
    where lines.is_sale_line
    group by orders.store_id, orders.channel_group, orders.business_date
),

sold as (
    select
        store_id,
        channel_group,
        business_date,
        sum(gross_sales_amount - discounts_amount) as net_amount,
        {{ whole_sum('gross_sales_reporting_amount - discounts_reporting_amount') }} as net_reporting_amount,
        sum(coalesce(cost_amount, 0)) as cost_amount,
        sum(units) as units,
        sum(costed_units) as costed_units
    from orders
    where {{ is_touched('orders', 'days') }}
    group by store_id, channel_group, business_date
),

given_back as (
    select
        orders.store_id,
        orders.channel_group,
        lines.refund_date as business_date,
        -sum(lines.amount) as net_amount,
        -({{ whole_sum('lines.reporting_amount') }}) as net_reporting_amount,
        -coalesce(sum(lines.unit_cost_amount * lines.quantity) filter (where lines.kind <> 'damaged'), 0) as cost_amount,
        case
            when count(*) filter (where lines.kind <> 'damaged') = 0 then 0
            else -({{ whole_sum('lines.cost_back_reporting_amount', "lines.kind <> 'damaged'") }})
        end as cost_reporting_amount,
        coalesce(sum(lines.quantity) filter (where lines.kind <> 'damaged'), 0) as units,
        coalesce(sum(lines.quantity) filter (
            where lines.kind <> 'damaged' and lines.unit_cost_amount is not null
        ), 0) as costed_units
    from {{ of_touched(ref('int_refund_lines__booked'), 'days', 'store_id, refund_date') }} as lines
    inner join orders on orders.order_id = lines.order_id
    where lines.is_sale_line and lines.kind in ('return', 'damaged', 'cancel')
    group by orders.store_id, orders.channel_group, lines.refund_date
),

-- Money given back without goods is in no margin, as in mart_daily_sales, and told beside them.
goodwill as (
    select
        orders.store_id,
        orders.channel_group,
        lines.refund_date as business_date,
        sum(lines.amount) as amount,
        {{ whole_sum('lines.reporting_amount') }} as reporting_amount
    from {{ of_touched(ref('int_refund_lines__booked'), 'days', 'store_id, refund_date') }} as lines
    inner join orders on orders.order_id = lines.order_id
    where lines.is_sale_line and lines.kind = 'adjustment'
    group by orders.store_id, orders.channel_group, lines.refund_date
),

-- Goods and their cost: sold, and given back.
goods as (
    select
        sold.store_id, sold.channel_group, sold.business_date, sold.net_amount, sold.net_reporting_amount,
        sold.cost_amount, goods_sold.cost_reporting_amount, sold.units, sold.costed_units
    from sold
    inner join goods_sold
        on goods_sold.store_id = sold.store_id
        and goods_sold.channel_group = sold.channel_group
        and goods_sold.business_date = sold.business_date
    union all
    select
        store_id, channel_group, business_date, net_amount, net_reporting_amount,
        cost_amount, cost_reporting_amount, units, costed_units
    from given_back
),

costs as (
    select
        'shipping_cost' as kind, order_id, business_date, cost_amount as amount,
        cost_reporting_amount as reporting_amount, is_estimate
    from {{ of_touched(ref('int_parcels__costed'), 'days') }} as costs
    union all
    select 'handling', order_id, business_date, handling_amount, handling_reporting_amount, is_estimate
    from {{ of_touched(ref('int_orders__handled'), 'days') }} as costs
    union all
    select 'payment_fees', order_id, business_date, payment_fees_amount, payment_fees_reporting_amount, is_estimate
    from {{ of_touched(ref('int_orders__charged'), 'days') }} as costs
    union all
    select
        'return_handling', order_id, business_date, return_handling_amount, return_handling_reporting_amount,
        is_estimate
    from {{ of_touched(ref('int_returns__handled'), 'days') }} as costs
    union all
    -- A marketplace that sells through the shop's own system charges fees that nobody tells us.
    select 'marketplace_fees', order_id, business_date, null::numeric, null::numeric, false
    from orders
    where not is_own_shop and source = 'shopify' and {{ is_touched('orders', 'days') }}
)

select
    store_id, channel_group, business_date, 'net_sales' as kind,
    sum(net_amount) as amount, {{ whole_sum('net_reporting_amount') }} as reporting_amount,
    0::bigint as units, 0::bigint as costed_units, false as is_estimate, false as is_provisional
from goods
group by store_id, channel_group, business_date
union all
select
    store_id, channel_group, business_date, 'cogs',
    sum(cost_amount), {{ whole_sum('cost_reporting_amount') }},
    sum(units)::bigint, sum(costed_units)::bigint, false, false
from goods
group by store_id, channel_group, business_date
union all
select store_id, channel_group, business_date, 'goodwill', amount, reporting_amount, 0, 0, false, false
from goodwill
union all
select
    orders.store_id, orders.channel_group, costs.business_date, costs.kind,
    {{ whole_sum('costs.amount') }}, {{ whole_sum('costs.reporting_amount') }},
    0, 0, bool_or(costs.is_estimate), false
from costs
inner join orders on orders.order_id = costs.order_id
group by orders.store_id, orders.channel_group, costs.business_date, costs.kind
