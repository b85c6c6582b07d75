-- What others count as orders against our own: the conversions of each ad account against the orders whose last visit it
-- paid for.
with claims as (
    select
        days.platform,
        days.account_id,
        days.ad_date as business_date,
        accounts.store_id,
        sum(days.platform_reported_conversions) as conversions
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    group by days.platform, days.account_id, days.ad_date, accounts.store_id
),

brought as (
    select channel as platform, store_id, business_date, orders
    from {{ ref('int_ad_orders__counted') }}
    where channel <> 'blended'
)

select
    'platform_conversions_are_our_orders' as check_name,
    claims.platform || ' ' || claims.account_id as subject,
    claims.business_date,
    'claim' as severity,
    'Orders it brought' as left_label,
    'Conversions it claims' as right_label,
    cast(coalesce(brought.orders, 0) as numeric) as left_amount,
    claims.conversions as right_amount,
    cast(0 as numeric) as explained_amount,
    'it counts by its own windows, on the day of the click' as explanation,
    cast(1 as bigint) as compared_records,
    cast((coalesce(brought.orders, 0) <> claims.conversions)::int as bigint) as differing_records,
    'orders' as unit
from claims
left join brought
    on brought.platform = claims.platform
    and brought.store_id = claims.store_id
    and brought.business_date = claims.business_date
