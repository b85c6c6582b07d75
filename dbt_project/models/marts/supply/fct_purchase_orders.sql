{{ config(meta={'publish': {'schema': 'mart', 'key': ['purchase_order_line_id'], 'history': 'replace'}}) }}

-- One row per line of a purchase order. A promise is a date: it is broken when that day ended without the goods.
with lines as (
    select * from {{ ref('stg_odoo__purchase_order_lines') }}
),

orders as (
    select * from {{ ref('stg_odoo__purchase_orders') }}
    where ordered_at < {{ as_of_end() }}
),

-- The ERP's places; where two shops call a place alike, the one the ERP knows.
locations as (
    select distinct on (location_code) location_code, location_id
    from {{ ref('dim_location') }}
    order by location_code, (erp_location_id is null), location_id
),

joined as (
    select
        lines.purchase_order_line_id,
        orders.purchase_order_id,
        orders.purchase_order_name,
        orders.supplier_id,
        locations.location_id,
        products.sku,
        case when orders.state = 'done' then 'purchase' else orders.state end as state,
        orders.ordered_at,
        orders.approved_at,
        {{ local_date('coalesce(lines.planned_at, orders.planned_at)', company('timezone')) }} as promised_date,
        lines.ordered_quantity,
        lines.received_quantity,
        case when orders.state = 'cancel' then 0
            else greatest(lines.ordered_quantity - lines.received_quantity, 0)
        end as open_quantity,
        received.first_received_at,
        case when lines.received_quantity >= lines.ordered_quantity then received.fully_received_at
        end as fully_received_at,
        lines.unit_price_amount,
        lines.line_amount,
        orders.currency,
        orders.nightshift_key
    from lines
    inner join orders on lines.purchase_order_id = orders.purchase_order_id
    left join {{ ref('stg_odoo__products') }} as products on lines.erp_product_id = products.erp_product_id
    left join locations on orders.location_code = locations.location_code
    left join {{ ref('int_purchase_lines__received') }} as received
        on lines.purchase_order_line_id = received.purchase_order_line_id
),

dated as (
    select
        *,
        {{ local_date('fully_received_at', company('timezone')) }} as fully_received_date,
        {{ local_date('approved_at', company('timezone')) }} as approved_date,
        state = 'purchase' and open_quantity > 0 and promised_date <= {{ as_of_day() }} as is_overdue
    from joined
)

select
    -- ids
    dated.purchase_order_line_id,
    dated.purchase_order_id,
    dated.purchase_order_name,
    dated.supplier_id,
    dated.location_id,
    dated.sku,
    skus.variant_id,

    -- state
    dated.state,
    dated.ordered_at,
    dated.approved_at,
    dated.promised_date,

    -- units
    dated.ordered_quantity,
    dated.received_quantity,
    dated.open_quantity,
    dated.first_received_at,
    dated.fully_received_at,

    -- money
    dated.unit_price_amount,
    dated.line_amount,
    coalesce(dated.currency, {{ company('currency') }}) as currency,

    -- measures
    coalesce(dated.is_overdue, false) as is_overdue,
    case
        when dated.fully_received_date is not null then dated.fully_received_date - dated.promised_date
        when dated.is_overdue then {{ as_of_day() }} - dated.promised_date
    end as days_late,
    dated.fully_received_date - dated.approved_date as lead_time_days,
    dated.nightshift_key
from dated
left join {{ ref('int_skus__identified') }} as skus on dated.sku = skus.sku
