{{ config(indexes=[{'columns': ['business_date'], 'unique': true}]) }}

-- Days whose parcels are counted anew: when those that are judged anew left or were promised for, before and now, and the
-- newest, whose promises have come due. The 27 days after each look back to it.
{% if builds_anew() %}
select cast(null as date) as business_date where false
{% else %}
with judged as (
    select business_date, promised_date from {{ ref('int_touched__parcels_before') }}
    union all
    select parcels.business_date, parcels.promised_date
    from {{ ref('int_shipments__judged') }} as parcels
    inner join {{ ref('int_touched__shipments') }} as touched on touched.order_id = parcels.order_id
),

days as (
    select business_date from judged
    union
    select promised_date from judged
    union
    select date_day from {{ days_between(published_day(), as_of_day()) }} as newest
)

select distinct days.business_date + later.days as business_date
from days
cross join generate_series(0, 27) as later (days)
where days.business_date is not null
{% endif %}
