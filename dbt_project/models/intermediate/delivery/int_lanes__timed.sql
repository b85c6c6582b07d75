-- Transit days and on-time shares over 28 days ending at each due date, for every lane of a service and, as lane
-- '*', for the service as a whole. Fewer than 30 parcels have no percentile and no verdict.
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

windows as (
    select
        due_dates.carrier,
        due_dates.service,
        due_dates.lane,
        due_dates.due_date,
        count(*) as shipments_28d,
        count(*) filter (where scopes.carrier_on_time_attempt) as on_time_28d,
        {{ percentile_if_enough('scopes.transit_days', 0.5, fewest) }} as transit_days_p50,
        {{ percentile_if_enough('scopes.transit_days', 0.95, fewest) }} as transit_days_p95
    from due_dates
    inner join scopes
        on due_dates.carrier = scopes.carrier
        and due_dates.service = scopes.service
        and due_dates.lane = scopes.lane
        and scopes.promised_date between due_dates.due_date - 27 and due_dates.due_date
    group by due_dates.carrier, due_dates.service, due_dates.lane, due_dates.due_date
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
