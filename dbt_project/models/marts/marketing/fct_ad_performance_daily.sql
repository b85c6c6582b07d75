{{ config(meta={'publish': {'schema': 'mart', 'key': ['platform', 'account_id', 'campaign_id', 'ad_date'], 'history': 'replace'}}) }}

with days as (
    select *, {{ dbt.datediff('ad_date', as_of_day(), 'day') }} + 1 as age_days
    from {{ ref('stg_google_ads__campaign_days') }}
    where ad_date <= {{ as_of_day() }}
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
    'google_ads' as platform,
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
    days.conversion_value_amount as platform_reported_value_amount,
    first_reports.conversions as first_reported_conversions,
    first_reports.value_amount as first_reported_value_amount,
    first_reports.observed_at as first_reported_at,
    days.observed_at as as_of_at,
    days.age_days < 30 as is_provisional,
    case when days.age_days >= 30 then 1 else completed.completion end as completion_at_lag,
    case
        when days.age_days >= 30 then days.conversion_value_amount
        else {{ round_money(ratio('days.conversion_value_amount', 'completed.completion'), 'days.currency') }}
    end as value_expected_final_amount
from days
left join first_reports
    on first_reports.account_id = days.account_id
    and first_reports.campaign_id = days.campaign_id
    and first_reports.ad_date = days.ad_date
left join {{ ref('int_ad_days__completed') }} as completed
    on completed.platform = 'google_ads'
    and completed.days_after = days.age_days
