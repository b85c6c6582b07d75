-- What every platform says today of each campaign's day. A platform that does not tell placements apart has one, ''.
select
    'google_ads' as platform,
    account_id,
    campaign_id,
    '' as placement,
    ad_date,
    campaign_name,
    channel_type,
    currency,
    account_timezone,
    impressions,
    clicks,
    spend_amount,
    conversions,
    conversion_value_amount as value_amount,
    observed_at
from {{ ref('stg_google_ads__campaign_days') }}
union all
select
    'meta' as platform,
    account_id,
    campaign_id,
    placement,
    ad_date,
    campaign_name,
    channel_type,
    currency,
    account_timezone,
    impressions,
    clicks,
    spend_amount,
    conversions,
    conversion_value_amount as value_amount,
    observed_at
from {{ ref('stg_meta__campaign_days') }}
