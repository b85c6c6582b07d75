{{ config(meta={'publish': {'schema': 'mart', 'key': ['date_day'], 'history': 'replace'}}) }}

with days as (
    select date_day from {{ days_between("date '2010-01-01'", "date '2035-12-31'") }} as calendar
),

holidays as (
    select holiday_date, holiday_name
    from {{ ref('holidays') }}
    where country = {{ company('country') }}
)

select
    days.date_day,
    extract(year from days.date_day)::int as year,
    extract(quarter from days.date_day)::int as quarter,
    extract(month from days.date_day)::int as month,
    extract(week from days.date_day)::int as iso_week,
    {{ iso_weekday('days.date_day') }} as iso_weekday,
    {{ iso_weekday('days.date_day') }} >= 6 as is_weekend,
    holidays.holiday_name is not null as is_holiday,
    holidays.holiday_name
from days
left join holidays on holidays.holiday_date = days.date_day
