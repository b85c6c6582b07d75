{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id', 'channel', 'business_date'], 'history': 'replace'}}) }}

-- Spend against the shop's own orders. A platform's row shows what it claims and the orders whose last visit
-- it paid for; the row 'blended' all spend and all own-shop orders. Platform claims are never added up.
with spend as (
    select
        accounts.store_id,
        days.platform as channel,
        days.ad_date as business_date,
        days.currency,
        sum(days.spend_amount) as spend_amount,
        sum(days.clicks) as clicks,
        sum(days.impressions) as impressions,
        sum(days.platform_reported_conversions) as platform_conversions,
        sum(days.platform_reported_value_amount) as platform_value_amount,
        bool_or(days.is_provisional) as is_provisional,
        bool_or(accounts.is_zone_mismatch) as is_zone_mismatch
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    group by accounts.store_id, days.platform, days.ad_date, days.currency
),

orders as (
    select
        orders.store_id,
        orders.business_date,
        orders.currency,
        platforms.platform,
        orders.gross_sales_amount - orders.discounts_amount as revenue_amount,
        orders.net_sales_amount,
        coalesce(orders.is_new_customer, false) as is_new_customer,
        lower(orders.utm_medium) in (
            'cpc', 'ppc', 'paid', 'paid_search', 'paid_social', 'paidsocial', 'display', 'affiliate'
        ) as is_paid_visit
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('int_orders__dated') }} as dated
        on dated.order_id = orders.order_id and dated.is_own_shop
    left join {{ ref('ad_platforms') }} as platforms
        on platforms.utm_source = lower(orders.utm_source)
        and platforms.utm_medium = lower(orders.utm_medium)
    where orders.is_sale
),

sold as (
    select
        store_id,
        platform as channel,
        business_date,
        currency,
        count(*) as orders,
        sum(revenue_amount) as revenue_amount,
        sum(net_sales_amount) as net_sales_amount,
        count(*) filter (where is_new_customer) as new_customer_orders,
        cast(null as bigint) as paid_visit_orders,
        cast(null as bigint) as covered_orders
    from orders
    where platform is not null
    group by store_id, platform, business_date, currency
    union all
    select
        store_id,
        'blended' as channel,
        business_date,
        currency,
        count(*) as orders,
        sum(revenue_amount) as revenue_amount,
        sum(net_sales_amount) as net_sales_amount,
        count(*) filter (where is_new_customer) as new_customer_orders,
        count(*) filter (where is_paid_visit) as paid_visit_orders,
        count(*) filter (where is_paid_visit and platform is not null) as covered_orders
    from orders
    group by store_id, business_date, currency
),

spent as (
    select * from spend
    union all
    select
        store_id,
        'blended' as channel,
        business_date,
        currency,
        sum(spend_amount) as spend_amount,
        sum(clicks) as clicks,
        sum(impressions) as impressions,
        cast(null as numeric) as platform_conversions,
        cast(null as numeric) as platform_value_amount,
        bool_or(is_provisional) as is_provisional,
        bool_or(is_zone_mismatch) as is_zone_mismatch
    from spend
    group by store_id, business_date, currency
),

joined as (
    select
        coalesce(spent.store_id, sold.store_id) as store_id,
        coalesce(spent.channel, sold.channel) as channel,
        coalesce(spent.business_date, sold.business_date) as business_date,
        coalesce(spent.currency, sold.currency) as currency,
        coalesce(spent.spend_amount, 0) as spend_amount,
        spent.clicks,
        spent.impressions,
        spent.platform_conversions,
        spent.platform_value_amount,
        coalesce(sold.orders, 0)::int as orders,
        coalesce(sold.revenue_amount, 0) as revenue_amount,
        coalesce(sold.net_sales_amount, 0) as net_sales_amount,
        coalesce(sold.new_customer_orders, 0)::int as new_customer_orders,
        sold.paid_visit_orders,
        sold.covered_orders,
        coalesce(spent.is_provisional, false) as is_provisional,
        coalesce(spent.is_zone_mismatch, false) as is_zone_mismatch
    from spent
    full outer join sold
        on sold.store_id = spent.store_id
        and sold.channel = spent.channel
        and sold.business_date = spent.business_date
        and sold.currency = spent.currency
)

select
    store_id,
    channel,
    business_date,
    spend_amount,
    platform_conversions,
    platform_value_amount,
    orders,
    net_sales_amount,
    new_customer_orders,
    {{ ratio('platform_value_amount', 'spend_amount') }} as roas_platform,
    case when channel = 'blended' then {{ ratio('revenue_amount', 'spend_amount') }} end as roas_blended,
    case when channel = 'blended' then {{ ratio('net_sales_amount', 'spend_amount') }} end as mer,
    case when channel = 'blended' then {{ ratio('spend_amount', 'net_sales_amount') }} end as ad_cost_ratio,
    case when channel = 'blended' then {{ ratio('spend_amount', 'new_customer_orders', 4) }} end as ncac_amount,
    {{ ratio('covered_orders', 'paid_visit_orders') }} as spend_coverage,
    {{ ratio('spend_amount', 'clicks', 4) }} as cpc_amount,
    {{ ratio('clicks', 'impressions') }} as ctr,
    currency,
    is_provisional,
    is_zone_mismatch
from joined
