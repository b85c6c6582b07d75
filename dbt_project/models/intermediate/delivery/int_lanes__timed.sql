{{ config(materialized='incremental', pre_hook="{{ forget_touched('parcel_days', key='due_date') }}") }}

-- Transit days and on-time shares over 28 days ending at each due date, for every lane of a service and, as lane
-- '*', for the service as a whole. Fewer than 30 parcels have no percentile and no verdict.
{%- set fewest = 30 %}

with scopes as (
    select carrier, service, lane, promised_date, transit_days, judged, attempted_on_time
    from {{ ref('int_lane_days__counted') }}
    where promised_date <= {{ as_of_day() }} and judged > 0
    union all
    select carrier, service, '*', promised_date, transit_days, sum(judged), sum(attempted_on_time)
    from {{ ref('int_lane_days__counted') }}
    where promised_date <= {{ as_of_day() }} and judged > 0
    group by carrier, service, promised_date, transit_days
),

due_dates as (
    select distinct carrier, service, lane, promised_date as due_date
    from scopes
    where {{ is_touched('scopes', 'parcel_days', key='promised_date') }}
),

windowed as (
    select
        due_dates.carrier,
        due_dates.service,
        due_dates.lane,
        due_dates.due_date,
        scopes.transit_days,
        sum(scopes.judged) as shipments,
        sum(scopes.attempted_on_time) as on_time
    from due_dates
    inner join scopes
        on due_dates.carrier = scopes.carrier
        and due_dates.service = scopes.service
        and due_dates.lane = scopes.lane
        and scopes.promised_date between due_dates.due_date - 27 and due_dates.due_date
    group by due_dates.carrier, due_dates.service, due_dates.lane, due_dates.due_date, scopes.transit_days
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
