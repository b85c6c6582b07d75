-- At every horizon the cohorts together are all people who ever paid in one of our own shops.
with buyers as (
    select count(*) as people
    from (select customer_key from {{ ref('int_buyers__cohorted') }} group by customer_key) as each_once
),

firsts as (
    select count(*) as people from {{ ref('int_orders__ranked') }}
    where paid_order_number = 1
),

cohorts as (
    select horizon_days, sum(cohort_size) as people, sum(repeat_customers) as repeaters
    from {{ ref('mart_customer_ltv_cohort') }}
    group by horizon_days
)

select cohorts.horizon_days, cohorts.people, buyers.people as buyers, firsts.people as first_orders
from cohorts
cross join buyers
cross join firsts
where cohorts.people <> buyers.people or cohorts.people <> firsts.people or cohorts.repeaters > cohorts.people
