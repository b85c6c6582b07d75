with shops as (
    select * from {{ ref('stg_shopify__shops') }}
),

-- A shop whose own description did not arrive tonight still has orders: the company's settings stand in.
stores as (
    select store_id from shops
    union
    select distinct store_id from {{ ref('stg_shopify__orders') }}
)

select
    stores.store_id,
    coalesce(shops.shop_name, stores.store_id) as store_name,
    coalesce(shops.iana_timezone, {{ company('timezone') }}) as iana_timezone,
    coalesce(shops.currency, {{ company('currency') }}) as currency
from stores
left join shops on shops.store_id = stores.store_id
