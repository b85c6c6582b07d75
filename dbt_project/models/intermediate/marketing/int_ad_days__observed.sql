-- What the platform claimed about each campaign's day, each time we asked. A campaign that an observation no
-- longer lists has been taken back: it counts as zero from then on.
with observations as (
    select
        *,
        {{ local_date('observed_at', "coalesce(max(account_timezone) over (partition by account_id), "
            ~ company('timezone') ~ ")") }} as observed_on
    from {{ ref('stg_google_ads__campaign_day_observations') }}
),

-- Of several answers on one date the last stands.
statements as (
    select distinct on (account_id, ad_date, observed_on)
        account_id,
        ad_date,
        observed_on,
        observed_at,
        epoch
    from observations
    order by account_id, ad_date, observed_on, epoch desc
),

campaigns as (
    select
        account_id,
        ad_date,
        campaign_id,
        min(observed_on) as first_observed_on,
        max(currency) as currency
    from observations
    where campaign_id is not null
    group by account_id, ad_date, campaign_id
)

select
    'google_ads' as platform,
    campaigns.account_id,
    campaigns.campaign_id,
    campaigns.ad_date,
    statements.observed_on,
    statements.observed_at,
    {{ dbt.datediff('campaigns.ad_date', 'statements.observed_on', 'day') }} as days_after,
    campaigns.currency,
    coalesce(observations.spend_amount, 0) as spend_amount,
    coalesce(observations.conversions, 0) as conversions,
    coalesce(observations.conversion_value_amount, 0) as value_amount
from campaigns
inner join statements
    on statements.account_id = campaigns.account_id
    and statements.ad_date = campaigns.ad_date
    and statements.observed_on >= campaigns.first_observed_on
left join observations
    on observations.account_id = statements.account_id
    and observations.ad_date = statements.ad_date
    and observations.epoch = statements.epoch
    and observations.campaign_id = campaigns.campaign_id
