-- ABC by twelve months of net sales, XYZ by how much weekly demand varies. A week in which no location had
-- stock on some closed day says nothing about demand and is left out.
with lines as (
    select *
    from {{ ref('int_order_lines__priced') }}
    where is_sale_line
        and sku is not null
        and business_date > {{ as_of_day() }} - 365
),

valued as (
    select sku, sum(net_amount) as net_amount
    from lines
    group by sku
),

-- What comes before a SKU decides its class, so the one on the boundary falls into the higher class.
ranked as (
    select
        sku,
        net_amount,
        coalesce(sum(net_amount) over (
            order by net_amount desc, sku rows between unbounded preceding and 1 preceding
        ), 0) as net_before,
        sum(net_amount) over () as net_total
    from valued
),

empty_days as (
    select sku, business_date
    from {{ ref('int_stock__closed') }}
    group by sku, business_date
    having sum(on_hand) <= 0
),

empty_weeks as (
    select distinct sku, {{ dbt.date_trunc('week', 'business_date') }}::date as week_start
    from empty_days
),

weeks as (
    select distinct {{ dbt.date_trunc('week', 'business_date') }}::date as week_start
    from lines
    where {{ dbt.date_trunc('week', 'business_date') }}::date + 6 <= {{ as_of_day() }}
),

first_weeks as (
    select sku, min({{ dbt.date_trunc('week', 'business_date') }}::date) as first_week
    from lines
    group by sku
),

demand as (
    select
        sku,
        {{ dbt.date_trunc('week', 'business_date') }}::date as week_start,
        sum(quantity) as units
    from lines
    group by 1, 2
),

varied as (
    select
        first_weeks.sku,
        stddev_pop(coalesce(demand.units, 0)) / nullif(avg(coalesce(demand.units, 0)), 0) as variation
    from first_weeks
    inner join weeks on weeks.week_start >= first_weeks.first_week
    left join demand
        on demand.sku = first_weeks.sku and demand.week_start = weeks.week_start
    left join empty_weeks
        on empty_weeks.sku = first_weeks.sku and empty_weeks.week_start = weeks.week_start
    where empty_weeks.sku is null
    group by first_weeks.sku
)

select
    ranked.sku,
    case
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
