{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- What it cost to take goods back, once per refund that brought goods to one of our own locations.
with returned as (
    select
        lines.refund_id,
        lines.order_id,
        orders.store_id,
        orders.currency,
        min(lines.refund_date) as business_date,
        coalesce(min(locations.location_code), '*') as location_code
    from {{ of_touched(ref('int_refund_lines__booked'), 'orders') }} as lines
    inner join {{ of_touched(ref('int_orders__totalled'), 'orders') }} as orders
        on orders.order_id = lines.order_id and orders.is_sale and orders.fulfilled_by = 'shop'
    left join {{ ref('dim_location') }} as locations on locations.location_id = lines.location_id
    where lines.is_sale_line and lines.kind in ('return', 'damaged')
    group by lines.refund_id, lines.order_id, orders.store_id, orders.currency
),

priced as (
    select distinct on (returned.refund_id)
        returned.*,
        costs.per_return_amount,
        costs.currency as cost_currency,
        costs.is_estimate
    from returned
    left join {{ ref('handling_costs') }} as costs
        on costs.location_code in (returned.location_code, '*')
        and {{ holds_on('costs', 'returned.business_date') }}
    order by
        returned.refund_id, (costs.location_code = '*'), {{ nearest_currency('costs', 'returned.currency') }}
)

select
    priced.refund_id,
    priced.order_id,
    priced.store_id,
    priced.business_date,
    priced.currency,
    {{ in_currency(
        'priced.per_return_amount', 'priced.cost_currency', fx_rate('cost_fx', 'priced.cost_currency'),
        'priced.currency', fx_rate('order_fx', 'priced.currency')
    ) }} as return_handling_amount,
    {{ in_reporting('priced.per_return_amount', fx_rate('cost_fx', 'priced.cost_currency')) }}
        as return_handling_reporting_amount,
    coalesce(priced.is_estimate, false) as is_estimate
from priced
{{ join_fx('cost_fx', 'priced.cost_currency', 'priced.business_date') }}
{{ join_fx('order_fx', 'priced.currency', 'priced.business_date') }}
