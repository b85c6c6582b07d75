{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id', 'channel', 'business_date'], 'history': 'replace'}}) }}

-- Spend against the shop's own orders. A platform's row shows what it claims and the orders whose last visit
-- it paid for; the row 'blended' all spend and all own-shop orders. Platform claims are never added up.
with accounts as (
    select * from {{ ref('int_ad_accounts__assigned') }}
),

-- A store is judged in its own currency. Where an account bills in another one, it is judged in the company's:
-- every row of the store, on every day.
stores as (
    select
        stores.store_id,
        coalesce(bool_or(accounts.currency <> stores.currency), false) as is_converted,
        case
            when coalesce(bool_or(accounts.currency <> stores.currency), false) then {{ company('currency') }}
            else stores.currency
        end as currency
    from {{ ref('int_stores__known') }} as stores
    left join accounts on accounts.store_id = stores.store_id
    group by stores.store_id, stores.currency
),

days as (
    select
        stores.store_id,
        days.platform as channel,
        days.ad_date as business_date,
        case when stores.is_converted then days.spend_reporting_amount else days.spend_amount end as spend_amount,
        days.spend_reporting_amount,
        days.clicks,
        days.impressions,
        days.platform_reported_conversions,
        case
            when stores.is_converted
                then {{ in_reporting('days.platform_reported_value_amount', 'days.fx_rate') }}
            else days.platform_reported_value_amount
        end as platform_value_amount,
        days.is_provisional,
        accounts.is_zone_mismatch
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join accounts on accounts.platform = days.platform and accounts.account_id = days.account_id
    inner join stores on stores.store_id = accounts.store_id
),

spent as (
    select
        store_id,
        channel,
        business_date,
        {{ whole_sum('spend_amount') }} as spend_amount,
        {{ whole_sum('spend_reporting_amount') }} as spend_reporting_amount,
        sum(clicks) as clicks,
        sum(impressions) as impressions,
        sum(platform_reported_conversions) as platform_conversions,
        {{ whole_sum('platform_value_amount') }} as platform_value_amount,
        bool_or(is_provisional) as is_provisional,
        bool_or(is_zone_mismatch) as is_zone_mismatch
    from days
    group by store_id, channel, business_date
    union all
    select
        store_id,
        'blended' as channel,
        business_date,
        {{ whole_sum('spend_amount') }} as spend_amount,
        {{ whole_sum('spend_reporting_amount') }} as spend_reporting_amount,
        sum(clicks) as clicks,
        sum(impressions) as impressions,
        cast(null as numeric) as platform_conversions,
        cast(null as numeric) as platform_value_amount,
        bool_or(is_provisional) as is_provisional,
        bool_or(is_zone_mismatch) as is_zone_mismatch
    from days
    group by store_id, business_date
),

sold as (
    select
        counted.store_id,
        counted.channel,
        counted.business_date,
        counted.orders,
        case when stores.is_converted then counted.revenue_reporting_amount else counted.revenue_amount end as revenue_amount,
        case
            when stores.is_converted then counted.net_sales_reporting_amount else counted.net_sales_amount
        end as net_sales_amount,
        counted.net_sales_reporting_amount,
        counted.new_customer_orders,
        counted.paid_visit_orders,
        counted.covered_orders
    from {{ ref('int_ad_orders__counted') }} as counted
    inner join stores on stores.store_id = counted.store_id
),

-- Nothing spent or sold is zero; what cannot be converted stays null.
joined as (
    select
        coalesce(spent.store_id, sold.store_id) as store_id,
        coalesce(spent.channel, sold.channel) as channel,
        coalesce(spent.business_date, sold.business_date) as business_date,
        case when spent.store_id is null then 0 else spent.spend_amount end as spend_amount,
        case when spent.store_id is null then 0 else spent.spend_reporting_amount end as spend_reporting_amount,
        spent.clicks,
        spent.impressions,
        spent.platform_conversions,
        spent.platform_value_amount,
        coalesce(sold.orders, 0)::int as orders,
        case when sold.store_id is null then 0 else sold.revenue_amount end as revenue_amount,
        case when sold.store_id is null then 0 else sold.net_sales_amount end as net_sales_amount,
        case
            when sold.store_id is null then 0 else sold.net_sales_reporting_amount
        end as net_sales_reporting_amount,
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
)

select
    joined.store_id,
    joined.channel,
    joined.business_date,
    joined.spend_amount,
    joined.platform_conversions,
    joined.platform_value_amount,
    joined.orders,
    joined.net_sales_amount,
    joined.new_customer_orders,
    {{ ratio('joined.platform_value_amount', 'joined.spend_amount') }} as roas_platform,
    case when joined.channel = 'blended' then {{ ratio('revenue_amount', 'spend_amount') }} end as roas_blended,
    case when joined.channel = 'blended' then {{ ratio('net_sales_amount', 'spend_amount') }} end as mer,
    case when joined.channel = 'blended' then {{ ratio('spend_amount', 'net_sales_amount') }} end as ad_cost_ratio,
    case when joined.channel = 'blended' then {{ ratio('spend_amount', 'new_customer_orders', 4) }} end as ncac_amount,
    {{ ratio('covered_orders', 'paid_visit_orders') }} as spend_coverage,
    {{ ratio('spend_amount', 'clicks', 4) }} as cpc_amount,
    {{ ratio('clicks', 'impressions') }} as ctr,
    stores.currency,
    {{ company('currency') }} as reporting_currency,
    joined.spend_reporting_amount,
    joined.net_sales_reporting_amount,
    joined.is_provisional,
    joined.is_zone_mismatch
from joined
inner join stores on stores.store_id = joined.store_id
