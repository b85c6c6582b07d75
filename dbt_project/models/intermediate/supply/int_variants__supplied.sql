-- One row per SKU of the ERP: what a unit costs and the supplier we would buy it from (cheapest, then fastest). Of a
-- supplier's price breaks the one for the smallest quantity counts: a discount for 500 is no reason to order 500. Prices
-- in other currencies cannot be compared and come after ours.
with products as (
    select * from {{ ref('stg_odoo__products') }}
    where is_active and sku is not null
),

products_by_sku as (
    select distinct on (sku) * from products order by sku, erp_product_id
),

offers as (
    select
        supplier_info.*,
        suppliers.supplier_name
    from {{ ref('stg_odoo__supplier_info') }} as supplier_info
    inner join {{ ref('stg_odoo__suppliers') }} as suppliers
        on supplier_info.supplier_id = suppliers.supplier_id
    where suppliers.is_active
),

offers_by_product as (
    select
        products_by_sku.sku,
        offers.*
    from products_by_sku
    inner join offers
        on products_by_sku.erp_product_id = offers.erp_product_id
        or (offers.erp_product_id is null and products_by_sku.erp_template_id = offers.erp_template_id)
),

smallest_offers as (
    select distinct on (sku, supplier_id)
        *
    from offers_by_product
    order by sku, supplier_id, coalesce(min_quantity, 0), (erp_product_id is null), price_amount, supplier_info_id
),

preferred_offers as (
    select distinct on (sku)
        *,
        count(*) over (partition by sku) as offers
    from smallest_offers
    order by
        sku,
        (price_amount is null),
        (currency is distinct from {{ company('currency') }}),
        price_amount,
        lead_time_days,
        supplier_info_id
)

select
    -- ids
    products_by_sku.sku,
    products_by_sku.erp_product_id,
    preferred_offers.supplier_id,

    -- the supplier's terms
    preferred_offers.supplier_name,
    preferred_offers.price_amount as purchase_price_amount,
    preferred_offers.currency as purchase_currency,
    coalesce(preferred_offers.min_quantity, 1) as moq,
    coalesce(preferred_offers.pack_size, 1) as pack_size,
    preferred_offers.lead_time_days,
    coalesce(preferred_offers.offers, 0)::int as offers,

    -- cost of one unit; null stays unknown, it is never zero
    coalesce(products_by_sku.standard_cost_amount, preferred_offers.price_amount) as unit_cost_amount,
    case
        when products_by_sku.standard_cost_amount is not null then 'erp'
        when preferred_offers.price_amount is not null then 'supplier'
    end as cost_source
from products_by_sku
left join preferred_offers on products_by_sku.sku = preferred_offers.sku
