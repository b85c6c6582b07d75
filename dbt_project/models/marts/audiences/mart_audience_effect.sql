{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['audience', 'as_of_day'], 'history': 'append', 'by': 'as_of_day', 'keep_days': 400
}}) }}

-- What an audience is worth: people who could be reached against people who were held out by the same draw. Intention to
-- treat: everybody counts on the side they were drawn to, from their first night on, whatever reached them. Only people
-- whose 28 days are over count, so that nobody's time was shorter.
{%- set window_days = 28 %}
{%- set fewest = 30 %}

with exposed as (
    select distinct on (journal.audience, coalesce(aliases.customer_key, journal.customer_key))
        journal.audience,
        coalesce(aliases.customer_key, journal.customer_key) as customer_key,
        journal.is_held_out,
        journal.first_eligible_on
    from {{ source('ops', 'audience_exposure') }} as journal
    left join {{ source('ops', 'customer_alias') }} as aliases on journal.customer_key = aliases.alias_key
    where journal.first_eligible_on < {{ as_of_day() }}
    order by
        journal.audience,
        coalesce(aliases.customer_key, journal.customer_key),
        journal.first_eligible_on,
        journal.noted_at,
        journal.customer_key
),

observed as (
    select
        exposed.*,
        exposed.first_eligible_on + {{ window_days }} <= {{ as_of_day() }} as is_over
    from exposed
),

bought as (
    select
        observed.audience,
        observed.customer_key,
        {{ whole_sum('orders.net_sales_reporting_amount') }} as revenue_amount,
        bool_and(orders.net_sales_reporting_amount is not null) as is_known
    from observed
    inner join {{ ref('fct_orders') }} as orders
        on observed.customer_key = orders.customer_key
        and orders.business_date > observed.first_eligible_on
        and orders.business_date <= observed.first_eligible_on + {{ window_days }}
    where observed.is_over and orders.is_sale
    group by observed.audience, observed.customer_key
),

counted as (
    select
        observed.audience,
        count(*) filter (where observed.is_over and not observed.is_held_out)::int as treated_people,
        count(*) filter (where observed.is_over and observed.is_held_out)::int as held_out_people,
        count(bought.customer_key) filter (where not observed.is_held_out)::int as treated_buyers,
        count(bought.customer_key) filter (where observed.is_held_out)::int as held_out_buyers,
        count(*) filter (where not observed.is_over)::int as people_under_observation,
        -- One order without an exchange rate and the side's revenue is unknown.
        case when coalesce(bool_and(bought.is_known) filter (where not observed.is_held_out), true)
            then coalesce(sum(bought.revenue_amount) filter (where not observed.is_held_out), 0) end as treated_revenue,
        case when coalesce(bool_and(bought.is_known) filter (where observed.is_held_out), true)
            then coalesce(sum(bought.revenue_amount) filter (where observed.is_held_out), 0) end as held_out_revenue
    from observed
    left join bought
        on observed.audience = bought.audience
        and observed.customer_key = bought.customer_key
    group by observed.audience
),

judged as (
    select
        counted.*,
        treated_people >= {{ fewest }} and held_out_people >= {{ fewest }} as is_enough
    from counted
),

rated as (
    select
        judged.*,
        case when is_enough then treated_buyers::numeric / treated_people end as treated_rate,
        case when is_enough then held_out_buyers::numeric / held_out_people end as held_out_rate,
        {{ wilson_lower('treated_buyers', 'treated_people') }} as treated_low,
        {{ wilson_upper('treated_buyers', 'treated_people') }} as treated_high,
        {{ wilson_lower('held_out_buyers', 'held_out_people') }} as held_out_low,
        {{ wilson_upper('held_out_buyers', 'held_out_people') }} as held_out_high
    from judged
),

compared as (
    select
        rated.*,
        round(treated_rate - held_out_rate, 6) as lift,
        round({{ newcombe_low('treated_rate', 'treated_low', 'held_out_rate', 'held_out_high') }}, 6) as lift_low,
        round({{ newcombe_high('treated_rate', 'treated_high', 'held_out_rate', 'held_out_low') }}, 6) as lift_high
    from rated
)

select
    -- key
    audience,
    {{ as_of_day() }} as as_of_day,

    -- who
    {{ window_days }} as window_days,
    treated_people,
    held_out_people,
    people_under_observation,
    treated_buyers,
    held_out_buyers,

    -- how much more often they bought
    round(treated_rate, 6) as treated_rate,
    round(held_out_rate, 6) as held_out_rate,
    lift,
    lift_low,
    lift_high,
    coalesce(lift_low > 0 or lift_high < 0, false) as is_conclusive,

    -- what it was worth
    case when is_enough then round(treated_revenue / treated_people, 4) end as treated_revenue_per_person_amount,
    case when is_enough then round(held_out_revenue / held_out_people, 4) end as held_out_revenue_per_person_amount,
    {{ company('currency') }} as currency
from compared
