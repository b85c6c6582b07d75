-- Every place we sell in: the shops, and the marketplaces we have orders or stock on. `stock_store_id` is the shop whose
-- warehouses serve it: a shop serves itself, a marketplace is served by the biggest shop of its country, else of all.
with shops as (
    select * from {{ ref('stg_shopify__shops') }}
),

-- A shop whose own description did not arrive tonight still has orders: the company's settings stand in.
sold as (
    select store_id, count(*) as orders
    from {{ ref('stg_shopify__orders') }}
    group by store_id
),

-- A shop is at home where most of its locations are.
homes as (
    select distinct on (store_id) store_id, country
    from {{ ref('stg_shopify__locations') }}
    where country is not null
    group by store_id, country
    order by store_id, count(*) filter (where is_active) desc, country
),

known_shops as (
    select
        coalesce(shops.store_id, sold.store_id) as store_id,
        'shopify' as source,
        coalesce(shops.shop_name, shops.store_id, sold.store_id) as store_name,
        cast(null as text) as marketplace_id,
        coalesce(shops.iana_timezone, {{ company('timezone') }}) as iana_timezone,
        coalesce(shops.currency, {{ company('currency') }}) as currency,
        coalesce(homes.country, {{ company('country') }}) as country,
        coalesce(sold.orders, 0) as orders
    from shops
    full outer join sold on sold.store_id = shops.store_id
    left join homes on homes.store_id = coalesce(shops.store_id, sold.store_id)
),

seen_marketplaces as (
    select marketplace_id, max(currency) as currency
    from {{ ref('stg_amazon__orders') }}
    group by marketplace_id
    union all
    select distinct marketplace_id, cast(null as text) as currency
    from {{ ref('stg_amazon__inventory') }}
),

known_marketplaces as (
    select
        seen.marketplace_id,
        coalesce(max(names.marketplace_name), 'Amazon ' || seen.marketplace_id) as store_name,
        coalesce(max(names.iana_timezone), {{ company('timezone') }}) as iana_timezone,
        coalesce(max(names.currency), max(seen.currency), {{ company('currency') }}) as currency,
        coalesce(max(names.country), {{ company('country') }}) as country
    from seen_marketplaces as seen
    left join {{ ref('amazon_marketplaces') }} as names on names.marketplace_id = seen.marketplace_id
    where seen.marketplace_id is not null
    group by seen.marketplace_id
),

serving as (
    select distinct on (marketplaces.marketplace_id)
        marketplaces.marketplace_id,
        shops.store_id as stock_store_id
    from known_marketplaces as marketplaces
    cross join known_shops as shops
    order by
        marketplaces.marketplace_id, (shops.country <> marketplaces.country), shops.orders desc, shops.store_id
)

select
    store_id,
    source,
    store_name,
    marketplace_id,
    iana_timezone,
    currency,
    country,
    store_id as stock_store_id
from known_shops
union all
select
    'amazon:' || marketplaces.marketplace_id as store_id,
    'amazon' as source,
    marketplaces.store_name,
    marketplaces.marketplace_id,
    marketplaces.iana_timezone,
    marketplaces.currency,
    marketplaces.country,
    serving.stock_store_id
from known_marketplaces as marketplaces
left join serving on serving.marketplace_id = marketplaces.marketplace_id
