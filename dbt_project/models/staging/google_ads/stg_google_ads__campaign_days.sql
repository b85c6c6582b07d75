with source as (
    select * from {{ latest('google_ads', 'campaigns_daily') }} as statements
)

select
    ---------- ids
    source.account as account_id,
    days.campaign_id,
    source.scope::date as ad_date,

    ---------- text
    days.campaign_name,
    days.channel_type,
    days.currency,
    days.account_timezone,

    ---------- numerics
    coalesce(days.impressions, 0) as impressions,
    coalesce(days.clicks, 0) as clicks,
    round(coalesce(days.cost_micros, 0) / 1000000.0, 6) as spend_amount,
    coalesce(days.conversions, 0) as conversions,
    coalesce(days.conversion_value_amount, 0) as conversion_value_amount,

    ---------- timestamps
    source.taken_at as observed_at
from source
cross join lateral {{ campaign_rows('source.payload') }} as days
