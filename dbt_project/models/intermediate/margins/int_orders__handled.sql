{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Picking and packing, by the table of the location that sent the order: an amount for the order and one for each
-- unit. What was cancelled before it left was not packed, and what the marketplace sends it charges among its fees.
with cancelled as (
    select order_id, sum(quantity) as units
    from {{ of_touched(ref('int_refund_lines__booked'), 'orders') }} as booked
    where kind = 'cancel' and is_sale_line
    group by order_id
),

origins as (
    select distinct on (parcels.order_id) parcels.order_id, locations.location_code
    from {{ of_touched(ref('int_parcels__matched'), 'orders') }} as parcels
    inner join {{ ref('dim_location') }} as locations on locations.location_id = parcels.location_id
    order by parcels.order_id, parcels.label_created_at, parcels.shipment_id
),

orders as (
    select
        orders.order_id,
        orders.store_id,
        orders.business_date,
        orders.currency,
        coalesce(origins.location_code, '*') as location_code,
        case
            when orders.fulfilled_by = 'marketplace' then 0
            when orders.is_cancelled and orders.first_shipped_at is null then 0
            else greatest(orders.units - coalesce(cancelled.units, 0), 0)
        end as handled_units
    from {{ of_touched(ref('int_orders__totalled'), 'orders') }} as orders
    left join cancelled on cancelled.order_id = orders.order_id
    left join origins on origins.order_id = orders.order_id
    where orders.is_sale
),

priced as (
    select distinct on (orders.order_id)
        orders.*,
        costs.per_order_amount + costs.per_unit_amount * orders.handled_units as handling_cost,
        costs.currency as cost_currency,
        costs.is_estimate
    from orders
    left join {{ ref('handling_costs') }} as costs
        on costs.location_code in (orders.location_code, '*')
        and {{ holds_on('costs', 'orders.business_date') }}
    order by
        orders.order_id, (costs.location_code = '*'), {{ nearest_currency('costs', 'orders.currency') }}
),

converted as (
    select
        priced.*,
        {{ fx_rate('cost_fx', 'priced.cost_currency') }} as cost_rate,
        {{ fx_rate('order_fx', 'priced.currency') }} as order_rate
    from priced
    {{ join_fx('cost_fx', 'priced.cost_currency', 'priced.business_date') }}
    {{ join_fx('order_fx', 'priced.currency', 'priced.business_date') }}
)

select
    order_id,
    store_id,
    business_date,
    currency,
    handled_units::int as handled_units,
    case
        when handled_units = 0 then 0
        else {{ in_currency('handling_cost', 'cost_currency', 'cost_rate', 'currency', 'order_rate') }}
    end as handling_amount,
    case
        when handled_units = 0 then 0
        else {{ in_reporting('handling_cost', 'cost_rate') }}
    end as handling_reporting_amount,
    handled_units > 0 and coalesce(is_estimate, false) as is_estimate
from converted
