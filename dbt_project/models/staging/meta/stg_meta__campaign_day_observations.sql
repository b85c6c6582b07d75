with source as (
    select * from {{ statements('meta', 'campaigns_daily') }} as statements
),

-- A day without rows is an observation too: what had been there is gone.
observed as (
    select
        source.account as account_id,
        source.scope::date as ad_date,
        source.taken_at as observed_at,
        source.epoch,
        source.payload
    from source
)

select
    observed.account_id,
    observed.ad_date,
    observed.observed_at,
    observed.epoch,
    days.campaign_id,
    days.placement,
    days.currency,
    days.account_timezone,
    coalesce(days.spend_amount, 0) as spend_amount,
    coalesce(days.clicked_conversions, 0) + coalesce(days.viewed_conversions, 0) as conversions,
    coalesce(days.clicked_value_amount, 0) + coalesce(days.viewed_value_amount, 0) as conversion_value_amount
from observed
left join lateral {{ placement_rows('observed.payload') }} as days on true
