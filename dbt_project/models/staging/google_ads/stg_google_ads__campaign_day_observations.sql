with source as (
    select * from {{ statements('google_ads', 'campaigns_daily') }} as statements
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
    days.currency,
    days.account_timezone,
    round(coalesce(days.cost_micros, 0) / 1000000.0, 6) as spend_amount,
    coalesce(days.conversions, 0) as conversions,
    coalesce(days.conversion_value_amount, 0) as conversion_value_amount
from observed
left join lateral {{ campaign_rows('observed.payload') }} as days on true
