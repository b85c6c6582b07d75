{{ config(indexes=[{'columns': ['store_id', 'business_date'], 'unique': true}]) }}

-- Days of a store whose interest is counted anew: whatever was looked at or bought counts for four weeks.
{% set weeks = "generate_series(0, " ~ browsing_policy('interest_days') ~ " - 1)" %}
select distinct days.store_id, days.business_date + later.days as business_date
from (
    select store_id, business_date from {{ ref('int_touched__days') }}
    union
    select store_id, business_date from {{ ref('int_touched__looks') }}
) as days
cross join {{ weeks }} as later (days)
