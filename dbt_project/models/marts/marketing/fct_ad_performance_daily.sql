{{ config(meta={'publish': {'schema': 'mart', 'key': ['platform', 'account_id', 'campaign_id', 'ad_date'], 'history': 'replace'}}) }}

-- A campaign's placements together.
with days as (
    select
        platform,
        account_id,
        campaign_id,
        ad_date,
        max(campaign_name) as campaign_name,
        max(channel_type) as channel_type,
        max(account_timezone) as account_timezone,
        max(currency) as currency,
        sum(impressions)::bigint as impressions,
        sum(clicks)::bigint as clicks,
        sum(spend_amount) as spend_amount,
        sum(conversions) as conversions,
        sum(value_amount) as value_amount,
        max(observed_at) as observed_at,
        {{ settled_after('platform') }} as settled_days
    from {{ ref('int_ad_days__reported') }}
    where ad_date <= {{ as_of_day() }}
    group by platform, account_id, campaign_id, ad_date
),

-- How old a day was when its account was last heard, by the account's own clock: a build later knows no more of it.
lags as (
    select platform, account_id, ad_date, max(days_after) as lag_days
    from {{ ref('int_ad_days__observed') }}
    group by platform, account_id, ad_date
),

-- The day itself is still running when it is asked about on the same date: the first report is the first
-- one made when the day was over.
first_reports as (
    select distinct on (platform, account_id, campaign_id, ad_date)
        platform,
        account_id,
        campaign_id,
        ad_date,
        conversions,
        value_amount,
        observed_at
    from {{ ref('int_ad_days__observed') }}
    where days_after >= 1
    order by platform, account_id, campaign_id, ad_date, observed_on
)

select
    days.platform,
    days.account_id,
    days.campaign_id,
    days.ad_date,
    days.campaign_name,
    days.channel_type,
    days.account_timezone,
    days.currency,
    days.impressions,
    days.clicks,
    days.spend_amount,
    days.conversions as platform_reported_conversions,
    days.value_amount as platform_reported_value_amount,
    first_reports.conversions as first_reported_conversions,
    first_reports.value_amount as first_reported_value_amount,
    first_reports.observed_at as first_reported_at,
    days.observed_at as as_of_at,
    lags.lag_days < days.settled_days as is_provisional,
    case when lags.lag_days >= days.settled_days then 1 else completed.completion end as completion_at_lag,
    lags.lag_days >= days.settled_days or coalesce(completed.completion >= {{ mature_at() }}, false) as is_mature,
    case
        when lags.lag_days >= days.settled_days then days.value_amount
        else {{ round_money(ratio('days.value_amount', 'completed.completion'), 'days.currency') }}
    end as value_expected_final_amount,
    {{ company('currency') }} as reporting_currency,
    {{ fx_rate('fx', 'days.currency') }} as fx_rate,
    days.ad_date as fx_date,
    {{ in_reporting('days.spend_amount', fx_rate('fx', 'days.currency')) }} as spend_reporting_amount
from days
inner join lags
    on lags.platform = days.platform
    and lags.account_id = days.account_id
    and lags.ad_date = days.ad_date
{{ join_fx('fx', 'days.currency', 'days.ad_date') }}
left join first_reports
    on first_reports.platform = days.platform
    and first_reports.account_id = days.account_id
    and first_reports.campaign_id = days.campaign_id
    and first_reports.ad_date = days.ad_date
left join {{ ref('int_ad_days__completed') }} as completed
    on completed.platform = days.platform
    and completed.days_after = lags.lag_days
