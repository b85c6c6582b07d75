-- What one unit costs, in the currency it is paid in: the ERP's standard cost (in the company's currency), else the cheapest
-- supplier's price, else what a shop itself notes (in that shop's). Our own currency goes before foreign ones, which
-- cannot be compared with it. Retired products keep theirs, because what was sold of them did cost something.
with products as (
    select * from {{ ref('stg_odoo__products') }}
    where sku is not null
),

standard_costs as (
    select distinct on (sku)
        sku,
        standard_cost_amount as amount,
        {{ company('currency') }} as currency
    from products
    where standard_cost_amount is not null
    order by sku, (not is_active), erp_product_id
),

prices as (
    select
        erp_product_id,
        erp_template_id,
        price_amount,
        coalesce(currency, {{ company('currency') }}) as currency
    from {{ ref('stg_odoo__supplier_info') }}
    where price_amount is not null
),

offered as (
    select products.sku, prices.price_amount, prices.currency
    from products
    inner join prices on prices.erp_product_id = products.erp_product_id
    union all
    select products.sku, prices.price_amount, prices.currency
    from products
    inner join prices
        on prices.erp_product_id is null
        and prices.erp_template_id = products.erp_template_id
),

cheapest_prices as (
    select distinct on (sku) sku, price_amount as amount, currency
    from offered
    order by sku, (currency <> {{ company('currency') }}), price_amount, currency
),

shop_costs as (
    select distinct on (variants.sku)
        variants.sku,
        variants.unit_cost_amount as amount,
        coalesce(variants.unit_cost_currency, stores.currency) as currency
    from {{ ref('stg_shopify__variants') }} as variants
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = variants.store_id
    where variants.sku is not null and variants.unit_cost_amount > 0
    order by
        variants.sku,
        (coalesce(variants.unit_cost_currency, stores.currency) <> {{ company('currency') }}),
        variants.is_deleted,
        variants.variant_id
),

skus as (
    select sku from products
    union
    select sku from shop_costs
)

select
    skus.sku,
    coalesce(standard_costs.amount, cheapest_prices.amount, shop_costs.amount) as unit_cost_amount,
    case
        when standard_costs.sku is not null then standard_costs.currency
        when cheapest_prices.sku is not null then cheapest_prices.currency
        when shop_costs.sku is not null then shop_costs.currency
    end as unit_cost_currency,
    case
        when standard_costs.sku is not null then 'erp'
        when cheapest_prices.sku is not null then 'supplier'
        when shop_costs.sku is not null then 'shop'
    end as cost_source
from skus
left join standard_costs on standard_costs.sku = skus.sku
left join cheapest_prices on cheapest_prices.sku = skus.sku
left join shop_costs on shop_costs.sku = skus.sku
