-- Transit days and on-time shares over 28 days ending at each due date, for every lane of a service and, as lane
-- '*', for the service as a whole. Fewer than 30 parcels have no percentile and no verdict. Parcels are counted by how long
-- they took first: there are few such numbers, and every parcel is looked at in 28 windows.
{%- set fewest = 30 %}

with shipments as (
    select carrier, service, lane, promised_date, carrier_on_time_attempt, transit_days
    from {{ ref('int_shipments__judged') }}
    where promised_date <= {{ as_of_day() }} and carrier_on_time_attempt is not null
),

scopes as (
    select * from shipments
    union all
    select carrier, service, '*' as lane, promised_date, carrier_on_time_attempt, transit_days
    from shipments
),

due_dates as (
    select distinct carrier, service, lane, promised_date as due_date
    from scopes
),

counted as (
    select
        carrier,
        service,
        lane,
        promised_date,
        transit_days,
        count(*) as shipments,
        count(*) filter (where carrier_on_time_attempt) as on_time
    from scopes
    group by carrier, service, lane, promised_date, transit_days
),

windowed as (
    select
        due_dates.carrier,
        due_dates.service,
        due_dates.lane,
        due_dates.due_date,
        counted.transit_days,
        sum(counted.shipments) as shipments,
        sum(counted.on_time) as on_time
    from due_dates
    inner join counted
        on due_dates.carrier = counted.carrier
        and due_dates.service = counted.service
        and due_dates.lane = counted.lane
        and counted.promised_date between due_dates.due_date - 27 and due_dates.due_date
    group by due_dates.carrier, due_dates.service, due_dates.lane, due_dates.due_date, counted.transit_days
),

cumulated as (
    select
        *,
        sum(shipments) over (
            partition by carrier, service, lane, due_date order by transit_days
        ) as shipments_up_to,
        sum(shipments) filter (where transit_days is not null) over (
            partition by carrier, service, lane, due_date
        ) as shipments_timed
    from windowed
),

windows as (
    select
        carrier,
        service,
        lane,
        due_date,
        sum(shipments)::bigint as shipments_28d,
        sum(on_time)::bigint as on_time_28d,
        {{ percentile_of_counts('transit_days', 'shipments_up_to', 'shipments_timed', 0.5, fewest) }} as transit_days_p50,
        {{ percentile_of_counts('transit_days', 'shipments_up_to', 'shipments_timed', 0.95, fewest) }} as transit_days_p95
    from cumulated
    group by carrier, service, lane, due_date
),

targeted as (
    select distinct on (windows.carrier, windows.service, windows.lane, windows.due_date)
        windows.*,
        targets.target_rate
    from windows
    left join {{ ref('sla_targets') }} as targets
        on targets.measure = 'carrier_on_time_attempt'
        and targets.carrier in (windows.carrier, '*')
        and targets.service in (windows.service, '*')
        and windows.due_date >= targets.valid_from
        and (targets.valid_to is null or windows.due_date < targets.valid_to)
    order by
        windows.carrier, windows.service, windows.lane, windows.due_date,
        (targets.carrier = '*'), (targets.service = '*'), targets.valid_from desc
),

bounded as (
    select
        *,
        {{ ratio('on_time_28d', 'shipments_28d') }} as rate_28d,
        round({{ wilson_upper('on_time_28d', 'shipments_28d') }}, 6) as wilson_upper_28d
    from targeted
)

select
    *,
    case
        when target_rate is null or shipments_28d < {{ fewest }} then 'not enough data'
        when wilson_upper_28d < target_rate then 'breached'
        else 'met'
    end as verdict
from bounded
