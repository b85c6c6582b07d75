-- Which loads closed the days of this build, for the next one to compare with. Written when the difference to the last one
-- has been told: depends on {{ ref('int_touched__closings') }}
select stream, account, business_date, load_id from {{ ref('int_closings__chosen') }}
