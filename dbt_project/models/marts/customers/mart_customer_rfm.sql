{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['customer_key', 'as_of_day'], 'history': 'append', 'by': 'as_of_day', 'keep_days': 7
}}) }}

with scored as (
    select
        scored.*,
        (f_score + m_score) / 2.0 as worth
    from {{ ref('int_customers__scored') }} as scored
)

select
    customer_key,
    {{ as_of_day() }} as as_of_day,
    recency_days,
    frequency::int as frequency,
    monetary_amount,
    {{ company('currency') }} as currency,
    r_score,
    f_score,
    m_score,
    case
        when not is_sufficient or m_score is null then 'insufficient_data'
        when r_score >= 4 and worth >= 4 then 'Champions'
        when r_score >= 3 and worth >= 3 then 'Loyal'
        when r_score >= 4 then 'Recent'
        when r_score = 3 then 'Needs attention'
        when worth >= 3 then 'At risk'
        else 'Inactive'
    end as rfm_group
from scored
