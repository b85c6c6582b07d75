{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['cohort_month', 'horizon_days'], 'history': 'replace'
}}) }}

-- What a month's new buyers brought within so many days of their first. A cohort is told only when its youngest
-- member has had the whole time: a young cohort would look poor, so it is null. Every buyer is in it at every horizon, for
-- the first order is within all of them.
with cohorts as (
    select
        cohort_month,
        horizon_days,
        count(*) as cohort_size,
        {{ as_of_day() }} - max(first_order_date) >= horizon_days as is_mature,
        {{ whole_sum('net_sales_reporting_amount') }} as net_sales_reporting_amount,
        {{ whole_sum('cm2_reporting_amount') }} as cm2_reporting_amount,
        100 * {{ ratio('sum(margined_orders)', 'sum(orders)') }} as margin_coverage_pct,
        count(*) filter (where orders >= 2) as repeat_customers
    from {{ ref('int_buyers__brought') }}
    group by cohort_month, horizon_days
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
from cohorts
