-- With what terms a SKU is replenished: lead time, review period, MOQ and pack. A SKU without a supplier is planned
-- with the median lead time of all others, so that its stock-out is foreseen although nobody is named to order from.
with usual as (
    select coalesce(ceil({{ percentile('lead_time_days', 0.5) }})::int, 14) as lead_time_days
    from {{ ref('int_variants__supplied') }}
)

select
    supplied.sku,
    supplied.supplier_id,
    supplied.supplier_name,
    supplied.erp_product_id,
    supplied.purchase_price_amount,
    supplied.purchase_currency,
    supplied.moq,
    supplied.pack_size,
    coalesce(supplied.lead_time_days, usual.lead_time_days) as lead_time_days_promised,
    greatest(
        coalesce(supplied.lead_time_days, usual.lead_time_days), coalesce(measured.lead_time_days_p50, 0), 1
    ) as lead_time_days,
    coalesce(
        greatest(measured.lead_time_days_p95, supplied.lead_time_days),
        ceil(1.5 * coalesce(supplied.lead_time_days, usual.lead_time_days))::int
    ) as lead_time_days_p95,
    {{ restock_policy('review_days') }} as review_days
from {{ ref('int_variants__supplied') }} as supplied
cross join usual
left join {{ ref('int_suppliers__measured') }} as measured on supplied.supplier_id = measured.supplier_id
