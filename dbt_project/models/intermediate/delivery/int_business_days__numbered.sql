-- Open days counted through for every country we send from, so that "n business days after" is an addition.
-- `start_number` is the number of the day itself, or of the next open day when it is closed. Two years back and half a
-- year ahead are enough for parcels.
with countries as (
    select {{ company('country') }} as country
    union
    select country from {{ ref('dim_location') }}
    where country is not null
),

days as (
    select
        countries.country,
        dates.date_day,
        not dates.is_weekend and holidays.holiday_date is null as is_open
    from countries
    cross join {{ ref('dim_date') }} as dates
    left join {{ ref('holidays') }} as holidays
        on countries.country = holidays.country and dates.date_day = holidays.holiday_date
    where dates.date_day between {{ as_of_day() }} - 800 and {{ as_of_day() }} + 200
),

numbered as (
    select
        country,
        date_day,
        is_open,
        sum(case when is_open then 1 else 0 end) over (partition by country order by date_day) as open_days
    from days
)

select
    country,
    date_day,
    is_open,
    (case when is_open then open_days else open_days + 1 end)::int as start_number
from numbered
