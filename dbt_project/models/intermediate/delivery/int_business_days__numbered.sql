-- Open days counted through, so that "n business days after" is an addition. `start_number` is the number of the day
-- itself, or of the next open day when it is closed. Two years back and half a year ahead are enough for parcels.
with days as (
    select
        date_day,
        not (is_weekend or is_holiday) as is_open
    from {{ ref('dim_date') }}
    where date_day between {{ as_of_day() }} - 800 and {{ as_of_day() }} + 200
),

numbered as (
    select
        date_day,
        is_open,
        sum(case when is_open then 1 else 0 end) over (order by date_day) as open_days
    from days
)

select
    date_day,
    is_open,
    (case when is_open then open_days else open_days + 1 end)::int as start_number
from numbered
