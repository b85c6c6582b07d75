-- What is still to come on confirmed purchase orders, and when we believe it. A promise in the future stands. An
-- overdue order is expected when its supplier's P95 is reached; past that nobody knows, and it counts zero in the
-- projection (expected_date is null) though it still counts in the position.
with open_lines as (
    select
        orders.sku,
        orders.location_id,
        orders.purchase_order_id,
        orders.purchase_order_name,
        orders.promised_date,
        {{ local_date('coalesce(orders.approved_at, orders.ordered_at)', company('timezone')) }} as approved_date,
        orders.open_quantity,
        -- Without ten receipts nobody knows its P95: then one and a half promises.
        case
            when measured.lead_time_days_p95 is null then ceil(1.5 * coalesce(planned.lead_time_days_promised, 0))::int
            else greatest(measured.lead_time_days_p95, planned.lead_time_days_promised)
        end as lead_time_days_p95
    from {{ ref('fct_purchase_orders') }} as orders
    -- The order's own supplier, who need not be the one we would order from today.
    left join {{ ref('int_suppliers__measured') }} as measured on orders.supplier_id = measured.supplier_id
    left join {{ ref('int_variants__planned') }} as planned on orders.sku = planned.sku
    where orders.state = 'purchase'
        and orders.open_quantity > 0
        and orders.sku is not null
        and orders.location_id is not null
)

select
    sku,
    location_id,
    purchase_order_id,
    purchase_order_name,
    promised_date,
    open_quantity,
    case
        when promised_date > {{ as_of_day() }} then promised_date
        when {{ as_of_day() }} < approved_date + lead_time_days_p95 then approved_date + lead_time_days_p95
    end as expected_date
from open_lines
