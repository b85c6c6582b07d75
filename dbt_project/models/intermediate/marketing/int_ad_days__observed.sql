-- What the platform claimed about each campaign's day, each time we asked. A campaign (on one placement) that an
-- observation no longer lists has been taken back: it counts as zero from then on.
with answers as (
    select
        'google_ads' as platform,
        account_id,
        ad_date,
        observed_at,
        epoch,
        campaign_id,
        '' as placement,
        currency,
        account_timezone,
        spend_amount,
        conversions,
        conversion_value_amount
    from {{ ref('stg_google_ads__campaign_day_observations') }}
    union all
    select
        'meta' as platform,
        account_id,
        ad_date,
        observed_at,
        epoch,
        campaign_id,
        placement,
        currency,
        account_timezone,
        spend_amount,
        conversions,
        conversion_value_amount
    from {{ ref('stg_meta__campaign_day_observations') }}
),

-- A zone that is none costs nobody a day of spend: the company's stands in.
zones as (
    select answers.platform, answers.account_id, coalesce(max(zones.name), {{ company('timezone') }}) as timezone
    from answers
    left join {{ timezones() }} as zones on zones.name = answers.account_timezone
    group by answers.platform, answers.account_id
),

observations as (
    select answers.*, {{ local_date('answers.observed_at', 'zones.timezone') }} as observed_on
    from answers
    inner join zones on zones.platform = answers.platform and zones.account_id = answers.account_id
),

-- Of several answers on one date the last stands.
statements as (
    select distinct on (platform, account_id, ad_date, observed_on)
        platform,
        account_id,
        ad_date,
        observed_on,
        observed_at,
        epoch
    from observations
    order by platform, account_id, ad_date, observed_on, epoch desc
),

campaigns as (
    select
        platform,
        account_id,
        ad_date,
        campaign_id,
        placement,
        min(observed_on) as first_observed_on,
        max(currency) as currency
    from observations
    where campaign_id is not null
    group by platform, account_id, ad_date, campaign_id, placement
)

select
    campaigns.platform,
    campaigns.account_id,
    campaigns.campaign_id,
    campaigns.ad_date,
    statements.observed_on,
    statements.observed_at,
    {{ dbt.datediff('campaigns.ad_date', 'statements.observed_on', 'day') }} as days_after,
    max(campaigns.currency) as currency,
    coalesce(sum(observations.spend_amount), 0) as spend_amount,
    coalesce(sum(observations.conversions), 0) as conversions,
    coalesce(sum(observations.conversion_value_amount), 0) as value_amount
from campaigns
inner join statements
    on statements.platform = campaigns.platform
    and statements.account_id = campaigns.account_id
    and statements.ad_date = campaigns.ad_date
    and statements.observed_on >= campaigns.first_observed_on
left join observations
    on observations.platform = statements.platform
    and observations.account_id = statements.account_id
    and observations.ad_date = statements.ad_date
    and observations.epoch = statements.epoch
    and observations.campaign_id = campaigns.campaign_id
    and observations.placement = campaigns.placement
group by
    campaigns.platform,
    campaigns.account_id,
    campaigns.campaign_id,
    campaigns.ad_date,
    statements.observed_on,
    statements.observed_at
