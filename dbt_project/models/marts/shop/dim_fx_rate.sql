{{ config(meta={'publish': {'schema': 'mart', 'key': ['rate_date', 'currency'], 'history': 'replace'}}) }}

-- The bank quotes every currency against the euro. Two currencies are crossed within one publication: both prices are
-- of the same afternoon. What came after the as-of day is left out, so that a day built late reads as it would have.
with quoted as (
    select rate_date, currency, units_per_euro from {{ ref('stg_ecb__rates') }}
    where rate_date <= {{ as_of_day() }}
    union all
    select distinct rate_date, 'EUR' as currency, 1::numeric as units_per_euro from {{ ref('stg_ecb__rates') }}
    where rate_date <= {{ as_of_day() }}
),

crossed as (
    select
        priced.rate_date as published_on,
        priced.currency,
        reporting.currency as reporting_currency,
        round(reporting.units_per_euro / priced.units_per_euro, 10) as rate,
        -- a week without news, and the rate is nobody's any more
        least(
            priced.rate_date + 7,
            lead(priced.rate_date) over (partition by priced.currency order by priced.rate_date) - 1,
            {{ as_of_day() }} + 1
        ) as last_day
    from quoted as priced
    inner join quoted as reporting
        on priced.rate_date = reporting.rate_date
        and reporting.currency = {{ company('currency') }}
        and reporting.currency <> priced.currency
)

select
    days.date_day as rate_date,
    crossed.currency,
    crossed.reporting_currency,
    crossed.rate,
    crossed.published_on,
    days.date_day > crossed.published_on as is_carried_forward
from crossed
cross join lateral {{ days_between('crossed.published_on', 'crossed.last_day') }} as days
