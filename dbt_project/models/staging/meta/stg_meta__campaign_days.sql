with source as (
    select * from {{ latest('meta', 'campaigns_daily') }} as statements
)

select
    ---------- ids
    source.account as account_id,
    days.campaign_id,
    days.placement,
    source.scope::date as ad_date,

    ---------- text
    days.campaign_name,
    days.channel_type,
    days.currency,
    days.account_timezone,
    days.attribution,

    ---------- numerics
    coalesce(days.impressions, 0) as impressions,
    coalesce(days.clicks, 0) as clicks,
    coalesce(days.spend_amount, 0) as spend_amount,
    coalesce(days.clicked_conversions, 0) + coalesce(days.viewed_conversions, 0) as conversions,
    coalesce(days.clicked_value_amount, 0) + coalesce(days.viewed_value_amount, 0) as conversion_value_amount,

    ---------- timestamps
    source.taken_at as observed_at
from source
cross join lateral {{ placement_rows('source.payload') }} as days
