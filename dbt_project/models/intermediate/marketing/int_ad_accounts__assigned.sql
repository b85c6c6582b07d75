-- The store an ad account sells for: the seed's word; else the store that sold most.
with accounts as (
    select distinct
        'google_ads' as platform,
        account_id,
        account_timezone,
        currency
    from {{ ref('stg_google_ads__campaign_days') }}
),

main_store as (
    select stores.store_id
    from {{ ref('int_stores__known') }} as stores
    left join {{ ref('stg_shopify__orders') }} as orders on orders.store_id = stores.store_id
    group by stores.store_id
    order by count(orders.order_id) desc, stores.store_id
    limit 1
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
inner join {{ ref('int_stores__known') }} as stores
    on stores.store_id = coalesce(assigned.store_id, (select store_id from main_store))
