{{ config(meta={'publish': {'schema': 'mart', 'key': ['platform', 'account_id', 'campaign_id', 'ad_date', 'as_of_date'], 'history': 'replace'}}) }}

-- The first claim about each day, and every later one that differs from the one before.
with claims as (
    select
        *,
        value_amount - coalesce(lag(value_amount) over days, 0) as delta_value_amount,
        lag(row(spend_amount, conversions, value_amount)) over days as claim_before,
        row(spend_amount, conversions, value_amount) as claim
    from {{ ref('int_ad_days__observed') }}
    where ad_date <= {{ as_of_day() }}
    window days as (partition by platform, account_id, campaign_id, ad_date order by observed_on)
)

select
    platform,
    account_id,
    campaign_id,
    ad_date,
    observed_on as as_of_date,
    spend_amount,
    conversions,
    value_amount,
    delta_value_amount,
    currency,
    days_after
from claims
where claim is distinct from claim_before
