-- A campaign is its placements together, no more and no less.
with placements as (
    select
        platform,
        account_id,
        campaign_id,
        ad_date,
        sum(spend_amount) as spend_amount,
        sum(clicks) as clicks,
        sum(impressions) as impressions,
        sum(platform_reported_conversions) as conversions,
        sum(platform_reported_value_amount) as value_amount
    from {{ ref('fct_ad_placement_daily') }}
    group by platform, account_id, campaign_id, ad_date
)

select placements.platform, placements.campaign_id, placements.ad_date, placements.spend_amount
from placements
left join {{ ref('fct_ad_performance_daily') }} as days
    on days.platform = placements.platform
    and days.account_id = placements.account_id
    and days.campaign_id = placements.campaign_id
    and days.ad_date = placements.ad_date
where (days.spend_amount, days.clicks, days.impressions, days.platform_reported_conversions)
    is distinct from (placements.spend_amount, placements.clicks, placements.impressions, placements.conversions)
    or days.platform_reported_value_amount is distinct from placements.value_amount
