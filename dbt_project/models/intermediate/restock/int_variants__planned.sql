-- With what terms a SKU is replenished: lead time, review period, MOQ and pack. A SKU without a supplier is planned
-- with the median lead time of all others, so that its stock-out is foreseen although nobody is named to order from; so is
-- what the ERP has never heard of, such as another shop's own SKUs. What the ERP has retired is not replenished.
with usual as (
    select coalesce(ceil({{ percentile('lead_time_days', 0.5) }})::int, 14) as lead_time_days
    from {{ ref('int_variants__supplied') }}
),

supplied as (
    select
        sku,
        supplier_id,
        supplier_name,
        erp_product_id,
        purchase_price_amount,
        purchase_currency,
        moq,
        pack_size,
        lead_time_days
    from {{ ref('int_variants__supplied') }}
    union all
    select
        skus.sku,
        cast(null as text) as supplier_id,
        cast(null as text) as supplier_name,
        cast(null as text) as erp_product_id,
        cast(null as numeric) as purchase_price_amount,
        cast(null as text) as purchase_currency,
        1 as moq,
        1 as pack_size,
        cast(null as integer) as lead_time_days
    from {{ ref('int_skus__identified') }} as skus
    where not skus.is_deleted
        and not exists (select 1 from {{ ref('stg_odoo__products') }} as products where products.sku = skus.sku)
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
    {{ restock_policy('review_days') }} as review_days
from supplied
cross join usual
left join {{ ref('int_suppliers__measured') }} as measured on supplied.supplier_id = measured.supplier_id
