-- The profit and loss as entries: what each store and channel earned and spent, by kind, on the day it happened: sales
-- and handling on the day of the order, parcels on their label's, refunds and returned goods on the refund's, fees of
-- the marketplace when it posts them, advertising on the ad day. An amount that is not wholly known is null.
with orders as (
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
    from {{ ref('int_order_lines__priced') }} as lines
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
    from {{ ref('int_refund_lines__booked') }} as lines
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
    from {{ ref('int_refund_lines__booked') }} as lines
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
    from {{ ref('int_parcels__costed') }}
    union all
    select 'handling', order_id, business_date, handling_amount, handling_reporting_amount, is_estimate
    from {{ ref('int_orders__handled') }}
    union all
    select 'payment_fees', order_id, business_date, payment_fees_amount, payment_fees_reporting_amount, is_estimate
    from {{ ref('int_orders__charged') }}
    union all
    select
        'return_handling', order_id, business_date, return_handling_amount, return_handling_reporting_amount,
        is_estimate
    from {{ ref('int_returns__handled') }}
    union all
    -- A marketplace that sells through the shop's own system charges fees that nobody tells us.
    select 'marketplace_fees', order_id, business_date, null::numeric, null::numeric, false
    from orders
    where not is_own_shop and source = 'shopify'
),

-- Storage and subscriptions belong to no order, and to the marketplace's channel all the same.
fees as (
    select
        fees.store_id,
        stores.source as channel_group,
        fees.posted_date as business_date,
        fees.reporting_amount,
        fees.is_estimated,
        {{ in_currency(
            'fees.amount', 'fees.currency', 'fees.fx_rate', 'stores.currency', fx_rate('store_fx', 'stores.currency')
        ) }} as amount
    from {{ ref('int_marketplace_fees__posted') }} as fees
    inner join {{ ref('dim_store') }} as stores on stores.store_id = fees.store_id
    {{ join_fx('store_fx', 'stores.currency', 'fees.posted_date') }}
),

spend as (
    select
        accounts.store_id,
        days.ad_date as business_date,
        days.spend_reporting_amount,
        days.is_provisional,
        {{ in_currency(
            'days.spend_amount', 'days.currency', 'days.fx_rate', 'stores.currency', fx_rate('store_fx', 'stores.currency')
        ) }} as amount
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    inner join {{ ref('dim_store') }} as stores on stores.store_id = accounts.store_id
    {{ join_fx('store_fx', 'stores.currency', 'days.ad_date') }}
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
union all
select
    store_id, channel_group, business_date, 'marketplace_fees',
    {{ whole_sum('amount') }}, {{ whole_sum('reporting_amount') }},
    0, 0, bool_or(is_estimated), bool_or(is_estimated)
from fees
group by store_id, channel_group, business_date
union all
select
    store_id, 'shop', business_date, 'ad_spend',
    {{ whole_sum('amount') }}, {{ whole_sum('spend_reporting_amount') }},
    0, 0, false, bool_or(is_provisional)
from spend
group by store_id, business_date
