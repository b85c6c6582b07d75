-- ABC by twelve months of net sales of all shops and marketplaces in the reporting currency, XYZ by how much weekly demand
-- varies. A week in which no location had stock on some closed day says nothing
-- about demand and is left out.
with sold as (
    select sku, business_date, units, net_reporting_amount as net_amount
    from {{ ref('int_units__sold') }}
    where business_date > {{ as_of_day() }} - 365
),

-- What was sold in a currency without a rate cannot be ranked.
valued as (
    select sku, {{ whole_sum('net_amount') }} as net_amount
    from sold
    group by sku
),

-- What comes before a SKU decides its class, so the one on the boundary falls into the higher class.
ranked as (
    select
        sku,
        net_amount,
        coalesce(sum(net_amount) over (
            order by net_amount desc nulls last, sku rows between unbounded preceding and 1 preceding
        ), 0) as net_before,
        sum(net_amount) over () as net_total
    from valued
),

empty_weeks as (
    select distinct sku, {{ dbt.date_trunc('week', 'business_date') }}::date as week_start
    from (
        select sku, business_date
        from {{ ref('int_stock__closed') }}
        where business_date > {{ as_of_day() }} - 372
        group by sku, business_date
        having sum(on_hand) <= 0
    ) as empty_days
),

demand as (
    select
        sku,
        {{ dbt.date_trunc('week', 'business_date') }}::date as week_start,
        sum(units) as units
    from sold
    group by 1, 2
),

-- Whole weeks from a SKU's first sale on; a week without a sale has no row, so weeks are counted, not joined.
spans as (
    select
        demand.sku,
        min(demand.week_start) as first_week,
        (cast({{ dbt.date_trunc('week', as_of_day() ~ ' + 1') }} as date) - min(demand.week_start)) / 7 as weeks
    from demand
    group by demand.sku
),

left_out as (
    select spans.sku, count(*) as weeks
    from spans
    inner join empty_weeks
        on empty_weeks.sku = spans.sku
        and empty_weeks.week_start >= spans.first_week
        and empty_weeks.week_start < spans.first_week + 7 * spans.weeks
    group by spans.sku
),

moments as (
    select
        spans.sku,
        spans.weeks - coalesce(max(left_out.weeks), 0) as weeks,
        sum(demand.units) as units,
        sum(demand.units * demand.units) as squared_units
    from spans
    left join left_out on left_out.sku = spans.sku
    left join demand
        on demand.sku = spans.sku
        and demand.week_start < spans.first_week + 7 * spans.weeks
        and (demand.sku, demand.week_start) not in (select sku, week_start from empty_weeks)
    group by spans.sku, spans.weeks
),

-- Standard deviation by mean, from the moments: sqrt(E[x^2] - E[x]^2) / E[x].
varied as (
    select
        sku,
        sqrt(greatest(squared_units / weeks - (units / weeks) * (units / weeks), 0)) / (units / weeks) as variation
    from moments
    where weeks > 0 and units > 0
)

select
    ranked.sku,
    case
        when ranked.net_amount is null then null
        when ranked.net_total <= 0 then 'C'
        when ranked.net_before < 0.80 * ranked.net_total then 'A'
        when ranked.net_before < 0.95 * ranked.net_total then 'B'
        else 'C'
    end as abc_class,
    case
        when varied.variation <= 0.5 then 'X'
        when varied.variation <= 1.0 then 'Y'
        else 'Z'
    end as xyz_class
from ranked
left join varied on varied.sku = ranked.sku
