-- The days since the last publication, its own included: what was its last day may have become a closed one.
select days.date_day as business_date
from {{ days_between(published_day(), as_of_day()) }} as days
