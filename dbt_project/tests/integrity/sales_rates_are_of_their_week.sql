-- A rate is of its day or was carried forward for a week at most, and never of the company's own currency.
select rate_date, currency
from {{ ref('dim_fx_rate') }}
where published_on > rate_date
    or published_on < rate_date - 7
    or is_carried_forward <> (published_on < rate_date)
    or rate <= 0
    or currency = reporting_currency
