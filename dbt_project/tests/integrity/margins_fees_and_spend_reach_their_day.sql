-- Every fee of a marketplace and every cent of advertising is in the profit and loss of its day, once.
with days as (
    select
        store_id,
        business_date,
        sum(marketplace_fees_amount) as fees_amount,
        {{ whole_sum('ad_spend_reporting_amount') }} as spend_amount
    from {{ ref('mart_daily_pnl') }}
    group by store_id, business_date
),

fees as (
    select fees.store_id, fees.posted_date as business_date, sum(fees.amount) as amount
    from {{ ref('fct_marketplace_fees') }} as fees
    inner join {{ ref('dim_store') }} as stores on stores.store_id = fees.store_id and stores.currency = fees.currency
    group by fees.store_id, fees.posted_date
),

spend as (
    select ad_date as business_date, {{ whole_sum('spend_reporting_amount') }} as amount
    from {{ ref('fct_ad_performance_daily') }}
    group by ad_date
),

spent as (
    select business_date, {{ whole_sum('spend_amount') }} as amount
    from days
    group by business_date
)

select 'fees' as what, fees.business_date, fees.amount, days.fees_amount as booked_amount
from fees
left join days on days.store_id = fees.store_id and days.business_date = fees.business_date
where fees.amount is distinct from days.fees_amount
union all
select 'spend', spend.business_date, spend.amount, spent.amount
from spend
left join spent on spent.business_date = spend.business_date
where spend.amount is distinct from spent.amount
