{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['cohort_month', 'horizon_days'], 'history': 'replace'
}}) }}

-- What a month's new buyers brought within so many days of their first. A cohort is told only when its youngest
-- member has had the whole time: a young cohort would look poor, so it is null.
with people as (
    select * from {{ ref('int_buyers__brought') }}
),

cohorts as (
    select
        cohort_month,
        count(distinct customer_key) as cohort_size,
        {{ as_of_day() }} - max(first_order_date) as youngest_age
    from people
    where horizon_days = 30
    group by cohort_month
),

summed as (
    select
        people.cohort_month,
        people.horizon_days,
        {{ whole_sum('people.net_sales_reporting_amount') }} as net_sales_reporting_amount,
        {{ whole_sum('people.cm2_reporting_amount') }} as cm2_reporting_amount,
        100 * {{ ratio('sum(people.margined_orders)', 'sum(people.orders)') }} as margin_coverage_pct,
        count(*) filter (where people.orders >= 2) as repeat_customers
    from people
    group by people.cohort_month, people.horizon_days
),

matured as (
    select
        cohorts.cohort_month,
        summed.horizon_days,
        cohorts.cohort_size,
        cohorts.youngest_age >= summed.horizon_days as is_mature,
        summed.net_sales_reporting_amount,
        summed.cm2_reporting_amount,
        summed.margin_coverage_pct,
        summed.repeat_customers
    from cohorts
    inner join summed on summed.cohort_month = cohorts.cohort_month
)

select
    cohort_month,
    horizon_days,
    cohort_size::int as cohort_size,
    {{ company('currency') }} as reporting_currency,
    case when is_mature then net_sales_reporting_amount end as net_sales_reporting_amount,
    case when is_mature then cm2_reporting_amount end as cm2_reporting_amount,
    case when is_mature then {{ ratio('net_sales_reporting_amount', 'cohort_size', 4) }} end as ltv_net_reporting_amount,
    case when is_mature then {{ ratio('cm2_reporting_amount', 'cohort_size', 4) }} end as ltv_cm2_reporting_amount,
    case when is_mature then margin_coverage_pct end as margin_coverage_pct,
    case when is_mature then repeat_customers::int end as repeat_customers,
    case when is_mature then {{ ratio('repeat_customers', 'cohort_size') }} end as repeat_rate,
    is_mature
from matured
