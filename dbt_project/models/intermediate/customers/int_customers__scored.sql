-- Quintiles by the share of buyers a person beats. Equal values beat equally many, so ties share a score. Marketplaces
-- keep their buyers to themselves: their orders score nobody, so that nobody is written to because of them. Money of all
-- shops counts in the reporting currency; who paid in one without a rate has no money score. A shop ahead of the company
-- may have sold on its tomorrow already: that is no days ago.
with window_orders as (
    select customer_key, business_date, net_sales_reporting_amount
    from {{ ref('int_orders__totalled') }}
    where customer_key is not null
        and is_sale
        and is_own_shop
        and paid_at is not null
        and business_date > {{ as_of_day() }} - 365
),

buyers as (
    select
        customer_key,
        greatest({{ as_of_day() }} - max(business_date), 0) as recency_days,
        count(*) as frequency,
        {{ whole_sum('net_sales_reporting_amount') }} as monetary_amount
    from window_orders
    group by customer_key
),

-- Groups of people need people: below these sizes a score would only look like one.
sufficiency as (
    select
        count(*) >= 500
        and max(frequency) >= 3
        and min(recency_days) <= 30
        and coalesce({{ as_of_day() }} - (select min(business_date) from window_orders), 0) >= 180
            as is_sufficient
    from buyers
),

ranked as (
    select
        buyers.*,
        percent_rank() over (order by recency_days desc) as r_rank,
        percent_rank() over (order by frequency) as f_rank,
        percent_rank() over (partition by monetary_amount is null order by monetary_amount) as m_rank
    from buyers
)

select
    ranked.customer_key,
    ranked.recency_days,
    ranked.frequency,
    ranked.monetary_amount,
    sufficiency.is_sufficient,
    case when sufficiency.is_sufficient then least(floor(ranked.r_rank * 5)::int + 1, 5) end as r_score,
    case when sufficiency.is_sufficient then least(floor(ranked.f_rank * 5)::int + 1, 5) end as f_score,
    case when sufficiency.is_sufficient and ranked.monetary_amount is not null then least(floor(ranked.m_rank * 5)::int + 1, 5) end as m_score
from ranked
cross join sufficiency
