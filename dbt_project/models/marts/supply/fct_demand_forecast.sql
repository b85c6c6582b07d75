{{ config(meta={'publish': {
    'schema': 'mart', 'key': ['sku', 'location_id', 'as_of_day', 'target_date'],
    'history': 'append', 'by': 'as_of_day', 'keep_days': 7,
}}) }}

-- z of the 10th and 90th percentile: 1.2816
with expected as (
    select
        levels.sku,
        levels.location_id,
        days.date_day as target_date,
        levels.dispersion,
        levels.daily_demand * coalesce(weekdays.weekday_index, 1)::float8 as yhat
    from {{ ref('int_demand__levelled') }} as levels
    cross join {{ days_between(as_of_day() ~ ' + 1', as_of_day() ~ ' + ' ~ restock_policy('forecast_days')) }} as days
    left join {{ ref('int_weekdays__indexed') }} as weekdays
        on levels.sku = weekdays.sku
        and {{ iso_weekday('days.date_day') }} = weekdays.iso_weekday
    where levels.daily_demand > 0
)

select
    sku,
    location_id,
    {{ as_of_day() }} as as_of_day,
    target_date,
    round(yhat::numeric, 4) as yhat,
    round(greatest(yhat - 1.2816 * sqrt(dispersion * yhat), 0)::numeric, 4) as p10,
    round((yhat + 1.2816 * sqrt(dispersion * yhat))::numeric, 4) as p90,
    'weekday_level' as model
from expected
