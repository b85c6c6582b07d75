-- The store an ad account sells for: the seed's word; else one of our own shops to which the platform sends orders,
-- rather one in the account's currency, and of several the one with most of them. Marketplaces are not advertised for.
with accounts as (
    select distinct on (platform, account_id)
        platform,
        account_id,
        account_timezone,
        currency
    from {{ ref('int_ad_days__reported') }}
    order by platform, account_id, ad_date desc
),

stores as (
    select * from {{ ref('int_stores__known') }}
),

sold as (
    select store_id, count(*) as orders
    from {{ ref('stg_shopify__orders') }}
    group by store_id
),

brought as (
    select platforms.platform, orders.store_id, count(*) as orders
    from {{ ref('stg_shopify__orders') }} as orders
    inner join {{ ref('ad_platforms') }} as platforms
        on platforms.utm_source = lower(orders.utm_source)
        and platforms.utm_medium = lower(orders.utm_medium)
    group by platforms.platform, orders.store_id
),

likely as (
    select distinct on (accounts.platform, accounts.account_id)
        accounts.platform,
        accounts.account_id,
        stores.store_id
    from accounts
    inner join stores on stores.source = 'shopify'
    left join brought on brought.platform = accounts.platform and brought.store_id = stores.store_id
    left join sold on sold.store_id = stores.store_id
    order by
        accounts.platform,
        accounts.account_id,
        brought.orders is null,
        stores.currency is distinct from accounts.currency,
        brought.orders desc,
        sold.orders desc nulls last,
        stores.store_id
)

select
    accounts.platform,
    accounts.account_id,
    accounts.currency,
    stores.store_id,
    accounts.account_timezone is distinct from stores.iana_timezone as is_zone_mismatch
from accounts
left join {{ ref('ad_accounts') }} as assigned
    on assigned.platform = accounts.platform and assigned.account_id = accounts.account_id
left join likely on likely.platform = accounts.platform and likely.account_id = accounts.account_id
inner join stores on stores.store_id = coalesce(assigned.store_id, likely.store_id)
