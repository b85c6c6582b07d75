-- Every cent spent is in the platforms' rows once, and the blended rows are the platforms' together.
with facts as (
    select ad_date as business_date, sum(spend_amount) as spend_amount
    from {{ ref('fct_ad_performance_daily') }}
    group by ad_date
),

mart as (
    select
        business_date,
        sum(spend_amount) filter (where channel <> 'blended') as platform_amount,
        sum(spend_amount) filter (where channel = 'blended') as blended_amount
    from {{ ref('mart_marketing_efficiency_daily') }}
    group by business_date
)

select coalesce(mart.business_date, facts.business_date) as business_date, facts.spend_amount, mart.platform_amount
from mart
full outer join facts on facts.business_date = mart.business_date
where coalesce(facts.spend_amount, 0) <> coalesce(mart.platform_amount, 0)
    or coalesce(facts.spend_amount, 0) <> coalesce(mart.blended_amount, 0)
