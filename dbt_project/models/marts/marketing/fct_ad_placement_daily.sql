{{ config(meta={'publish': {'schema': 'mart', 'key': ['platform', 'account_id', 'campaign_id', 'placement', 'ad_date'], 'history': 'replace'}}) }}

select
    platform,
    account_id,
    campaign_id,
    placement,
    ad_date,
    campaign_name,
    currency,
    impressions,
    clicks,
    spend_amount,
    conversions as platform_reported_conversions,
    value_amount as platform_reported_value_amount,
    observed_at as as_of_at,
    {{ dbt.datediff('ad_date', as_of_day(), 'day') }} + 1 < {{ settled_after('platform') }} as is_provisional
from {{ ref('int_ad_days__reported') }}
where placement <> '' and ad_date <= {{ as_of_day() }}
