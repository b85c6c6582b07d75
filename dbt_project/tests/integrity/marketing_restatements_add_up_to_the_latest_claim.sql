-- The changes of a day's value, from the first claim on, lead to what the platform says today.
with changes as (
    select platform, account_id, campaign_id, ad_date, sum(delta_value_amount) as value_amount
    from {{ ref('fct_ad_restatement') }}
    group by platform, account_id, campaign_id, ad_date
)

select days.campaign_id, days.ad_date, days.platform_reported_value_amount, changes.value_amount
from {{ ref('fct_ad_performance_daily') }} as days
left join changes
    on changes.platform = days.platform
    and changes.account_id = days.account_id
    and changes.campaign_id = days.campaign_id
    and changes.ad_date = days.ad_date
where days.platform_reported_value_amount is distinct from changes.value_amount
