-- A tracker follows one parcel, and every due parcel that a carrier has told of is in one cohort.
select tracker_id as what, count(*) as times
from {{ ref('fct_shipments') }}
where tracker_id is not null
group by tracker_id
having count(*) > 1

union all

select 'cohorts' as what, cohorts.due - parcels.due as times
from (select coalesce(sum(shipments_due), 0) as due from {{ ref('mart_carrier_sla_daily') }}) as cohorts
cross join (
    select count(*) as due from {{ ref('fct_shipments') }}
    where promised_date <= {{ as_of_day() }} and tracker_id is not null
) as parcels
where cohorts.due <> parcels.due
