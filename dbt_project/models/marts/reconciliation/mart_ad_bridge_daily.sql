{{ config(meta={'publish': {'schema': 'mart', 'key': ['platform', 'account_id', 'business_date', 'line_no'], 'history': 'replace'}}) }}

-- From our net sales to the conversion value an ad account claims for the same day, in the account's currency. A platform
-- counts by its own windows, on the day of the click and in its own zone: what it claims beyond the orders that came by
-- it is told, never explained away.
with claims as (
    select
        days.platform,
        days.account_id,
        days.ad_date as business_date,
        accounts.store_id,
        accounts.currency,
        accounts.is_zone_mismatch,
        sum(days.platform_reported_value_amount) as shown_amount,
        sum(coalesce(days.first_reported_value_amount, days.platform_reported_value_amount)) as first_amount,
        bool_or(days.is_provisional) as is_provisional
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    group by
        days.platform, days.account_id, days.ad_date, accounts.store_id, accounts.currency, accounts.is_zone_mismatch
),

net_sales as (
    select
        store_id,
        business_date,
        sum(net_sales_amount) as amount,
        {{ whole_sum('net_sales_reporting_amount') }} as reporting_amount,
        sum(returns_amount + cancellations_amount) as refunded_amount,
        {{ whole_sum('returns_reporting_amount + cancellations_reporting_amount') }} as refunded_reporting_amount
    from {{ ref('mart_daily_sales') }}
    group by store_id, business_date
),

orders as (
    select
        store_id,
        business_date,
        platforms.platform,
        orders.is_own_shop,
        orders.utm_source is not null as has_source,
        sum(orders.gross_sales_amount - orders.discounts_amount) as amount,
        {{ whole_sum('orders.gross_sales_reporting_amount - orders.discounts_reporting_amount') }} as reporting_amount
    from {{ ref('int_orders__totalled') }} as orders
    left join {{ ref('ad_platforms') }} as platforms
        on platforms.utm_source = lower(orders.utm_source) and platforms.utm_medium = lower(orders.utm_medium)
    where orders.is_sale
    group by store_id, business_date, platforms.platform, orders.is_own_shop, orders.utm_source is not null
),

-- Each part of our own, with the sign it has in the bridge.
parts as (
    select claims.*, 'our_net_sales' as line_name, net_sales.amount, net_sales.reporting_amount
    from claims
    inner join net_sales on net_sales.store_id = claims.store_id and net_sales.business_date = claims.business_date
    union all
    select claims.*, 'refunds', net_sales.refunded_amount, net_sales.refunded_reporting_amount
    from claims
    inner join net_sales on net_sales.store_id = claims.store_id and net_sales.business_date = claims.business_date
    union all
    select
        claims.*,
        case
            when not orders.is_own_shop then 'other_channels'
            when not orders.has_source then 'without_source'
            else 'other_sources'
        end,
        -orders.amount,
        -orders.reporting_amount
    from claims
    inner join orders
        on orders.store_id = claims.store_id
        and orders.business_date = claims.business_date
        and (not orders.is_own_shop or orders.platform is distinct from claims.platform)
),

converted as (
    select
        parts.platform,
        parts.account_id,
        parts.business_date,
        parts.line_name,
        {{ whole_sum(
            'case when stores.currency = parts.currency then parts.amount else round(parts.reporting_amount / '
            ~ fx_rate('fx', 'parts.currency') ~ ', 4) end'
        ) }} as amount
    from parts
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = parts.store_id
    {{ join_fx('fx', 'parts.currency', 'parts.business_date') }}
    group by parts.platform, parts.account_id, parts.business_date, parts.line_name
),

lines as (
    select
        claims.*,
        bridge_lines.to_figure,
        bridge_lines.line_no,
        bridge_lines.line_name,
        bridge_lines.line_label,
        bridge_lines.kind,
        case
            when bridge_lines.line_name = 'restated_since' then claims.shown_amount - claims.first_amount
            when bridge_lines.kind = 'shown' then claims.shown_amount
            when converted.line_name is null then 0
            else converted.amount
        end as amount
    from claims
    inner join {{ ref('bridge_lines') }} as bridge_lines
        on bridge_lines.to_figure = 'Ad manager: conversion value'
    left join converted
        on converted.platform = claims.platform
        and converted.account_id = claims.account_id
        and converted.business_date = claims.business_date
        and converted.line_name = bridge_lines.line_name
),

-- Our own part ends where the claim begins; a part that cannot be converted makes it unknown.
reached as (
    select
        lines.*,
        case when count(*) filter (where line_no < 6) over bridge = count(amount) filter (where line_no < 6) over bridge
            then sum(amount) filter (where line_no < 6) over bridge
        end as reached_amount
    from lines
    window bridge as (partition by platform, account_id, business_date order by line_no)
)

select
    platform,
    account_id,
    business_date,
    line_no,
    store_id,
    line_name,
    'Our net sales' as from_figure,
    to_figure,
    line_label,
    kind,
    case when kind = 'unexplained' then first_amount - reached_amount else amount end as amount,
    case
        when kind = 'unexplained' then first_amount
        when line_no > 6 then shown_amount
        else reached_amount
    end as running_amount,
    currency,
    is_provisional,
    is_zone_mismatch
from reached
