-- What one unit costs: the ERP's standard cost, else the cheapest supplier's price, else what the shop itself
-- notes. Retired products keep theirs, because what was sold of them did cost something.
with products as (
    select * from {{ ref('stg_odoo__products') }}
    where sku is not null
),

standard_costs as (
    select distinct on (sku) sku, standard_cost_amount
    from products
    where standard_cost_amount is not null
    order by sku, (not is_active), erp_product_id
),

-- A price in another currency is no cost in ours.
prices as (
    select erp_product_id, erp_template_id, price_amount
    from {{ ref('stg_odoo__supplier_info') }}
    where price_amount is not null and currency = {{ company('currency') }}
),

offered as (
    select products.sku, prices.price_amount
    from products
    inner join prices on prices.erp_product_id = products.erp_product_id
    union all
    select products.sku, prices.price_amount
    from products
    inner join prices
        on prices.erp_product_id is null
        and prices.erp_template_id = products.erp_template_id
),

cheapest_prices as (
    select sku, min(price_amount) as price_amount
    from offered
    group by sku
),

shop_costs as (
    select distinct on (sku) sku, unit_cost_amount
    from {{ ref('stg_shopify__variants') }}
    where sku is not null
        and unit_cost_amount > 0
        and unit_cost_currency = {{ company('currency') }}
    order by sku, is_deleted, variant_id
),

skus as (
    select sku from products
    union
    select sku from shop_costs
)

select
    skus.sku,
    coalesce(
        standard_costs.standard_cost_amount, cheapest_prices.price_amount, shop_costs.unit_cost_amount
    ) as unit_cost_amount,
    case
        when standard_costs.sku is not null then 'erp'
        when cheapest_prices.sku is not null then 'supplier'
        when shop_costs.sku is not null then 'shop'
    end as cost_source
from skus
left join standard_costs on standard_costs.sku = skus.sku
left join cheapest_prices on cheapest_prices.sku = skus.sku
left join shop_costs on shop_costs.sku = skus.sku
