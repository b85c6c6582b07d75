-- At every horizon the cohorts together are all people who ever paid in one of our own shops: whoever has a first order is
-- told once at each, and whoever is told is in a cohort. Nobody returns who never came.
with firsts as (
    select customer_key from {{ of_touched(ref('int_orders__ranked'), 'customers') }} as ranked
    where is_new_customer
),

brought as (
    select customer_key, count(*) as horizons
    from {{ of_touched(ref('int_buyers__brought'), 'customers') }} as touched
    group by customer_key
),

told as (
    select horizon_days, count(*) as people from {{ ref('int_buyers__brought') }}
    group by horizon_days
),

cohorts as (
    select horizon_days, sum(cohort_size) as people, sum(repeat_customers) as repeaters
    from {{ ref('mart_customer_ltv_cohort') }}
    group by horizon_days
)

select 'a buyer' as what, coalesce(firsts.customer_key, brought.customer_key) as whom, brought.horizons as told
from firsts
full outer join brought on brought.customer_key = firsts.customer_key
where firsts.customer_key is null
    or brought.horizons is distinct from (select count(distinct horizon_days) from {{ ref('mart_customer_ltv_cohort') }})

union all

select 'a cohort', cohorts.horizon_days::text, cohorts.people
from cohorts
full outer join told on told.horizon_days = cohorts.horizon_days
where cohorts.people is distinct from told.people or cohorts.repeaters > cohorts.people
