-- However many follow a parcel: what the carrier and the aggregator both tell is one scan, and none gets lost.
select told.tracker_id, told.occurred_at, told.status
from {{ of_touched(ref('int_tracker_events__united'), 'trackers') }} as told
group by told.tracker_id, told.occurred_at, told.status
having count(distinct told.source) > 1

union all

select pairs.parcel_tracker_id as tracker_id, told.occurred_at, told.status
from (
    select tracker_id, occurred_at, status from {{ of_touched(ref('stg_easypost__tracker_events'), 'trackers') }} as easypost
    union all
    select tracker_id, occurred_at, status from {{ of_touched(ref('stg_ups__tracker_events'), 'trackers') }} as ups
) as told
inner join {{ ref('int_trackers__paired') }} as pairs on told.tracker_id = pairs.tracker_id
left join {{ ref('int_tracker_events__united') }} as united
    on pairs.parcel_tracker_id = united.tracker_id
    and told.occurred_at = united.occurred_at
    and told.status = united.status
where united.tracker_id is null
