-- Each named step of a store's bridge from our net sales to the vendor's figure, by day, from our own amounts. The steps
-- and their order stand in bridge_lines; what no order of a day needs has no row here.
with days as (
    select
        source,
        store_id,
        business_date,
        sum(net_sales_amount) as net_sales_amount,
        sum(tax_amount) as tax_amount,
        sum(shipping_amount) as shipping_amount,
        sum(goodwill_amount) as goodwill_amount,
        sum(returns_amount + cancellations_amount) as returns_amount,
        sum(discounts_amount) as discounts_amount
    from {{ ref('mart_daily_sales') }}
    group by source, store_id, business_date
),

entries as (
    select store_id, business_date, 'our_net_sales' as line_name, net_sales_amount as amount
    from days
    union all
    select store_id, business_date, 'tax', tax_amount
    from days
    where source = 'shopify'
    union all
    select store_id, business_date, 'shipping', shipping_amount
    from days
    where source = 'shopify'
    union all
    select store_id, business_date, 'goodwill', -goodwill_amount
    from days
    where source = 'shopify'
    union all
    select store_id, business_date, 'returns', returns_amount
    from days
    where source = 'amazon'
    union all
    select store_id, business_date, 'discounts', discounts_amount
    from days
    where source = 'amazon'
    union all
    select store_id, business_date, line_name, amount
    from {{ ref('int_bridge_entries__told') }}
)

select
    store_id,
    business_date,
    line_name,
    coalesce(sum(amount), 0) as amount
from entries
group by store_id, business_date, line_name
