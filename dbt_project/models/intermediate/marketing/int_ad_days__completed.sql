-- How much of its final value a platform usually knows n days after the day, from days we have watched grow
-- up: observed at that lag and again when nothing moves any more. Fewer than five such days say nothing.
with observed as (
    select * from {{ ref('int_ad_days__observed') }}
),

final as (
    select distinct on (platform, account_id, campaign_id, ad_date)
        platform,
        account_id,
        campaign_id,
        ad_date,
        value_amount
    from observed
    where days_after >= {{ settled_after('platform') }}
    order by platform, account_id, campaign_id, ad_date, observed_on desc
),

lags as (
    select
        observed.platform,
        observed.days_after,
        count(distinct observed.ad_date) as days_watched,
        sum(observed.value_amount) as value_then,
        sum(final.value_amount) as value_finally
    from observed
    inner join final
        on final.platform = observed.platform
        and final.account_id = observed.account_id
        and final.campaign_id = observed.campaign_id
        and final.ad_date = observed.ad_date
    where observed.days_after >= 0 and observed.days_after < {{ settled_after('observed.platform') }}
    group by observed.platform, observed.days_after
)

select
    platform,
    days_after,
    days_watched,
    {{ ratio('value_then', 'value_finally', 4) }} as completion
from lags
where days_watched >= 5
