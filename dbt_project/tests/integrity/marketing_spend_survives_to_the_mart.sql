-- Every cent spent is in the platforms' rows once, and the blended rows are the platforms' together: in the company's
-- currency on every day, and in the accounts' own where nothing is converted.
with facts as (
    select
        days.ad_date as business_date,
        sum(days.spend_reporting_amount) as reporting_amount,
        sum(days.spend_amount) as spend_amount,
        bool_or(accounts.currency <> stores.currency) as is_converted
    from {{ ref('fct_ad_performance_daily') }} as days
    inner join {{ ref('int_ad_accounts__assigned') }} as accounts
        on accounts.platform = days.platform and accounts.account_id = days.account_id
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = accounts.store_id
    group by days.ad_date
    having count(*) = count(days.spend_reporting_amount)
),

mart as (
    select
        business_date,
        sum(spend_reporting_amount) filter (where channel <> 'blended') as reporting_amount,
        sum(spend_reporting_amount) filter (where channel = 'blended') as blended_reporting_amount,
        sum(spend_amount) filter (where channel <> 'blended') as spend_amount
    from {{ ref('mart_marketing_efficiency_daily') }}
    group by business_date
)

select facts.business_date, facts.reporting_amount, mart.reporting_amount as mart_amount
from facts
left join mart on mart.business_date = facts.business_date
where facts.reporting_amount is distinct from mart.reporting_amount
    or facts.reporting_amount is distinct from mart.blended_reporting_amount
    or (not facts.is_converted and facts.spend_amount is distinct from mart.spend_amount)
