{{ config(meta={'publish': {'schema': 'mart', 'key': ['carrier', 'service', 'lane', 'due_date'], 'history': 'replace'}}) }}

-- Cohorts are built on the original promise date. Counts are of the parcels due that day on that lane; what is called
-- _28d looks back over the lane's last 28 due days, and service_… over all lanes of the carrier's service.
with cohorts as (
    select
        carrier,
        service,
        lane,
        promised_date as due_date,
        sum(shipments_due)::bigint as shipments_due,
        sum(attempted_on_time)::bigint as attempted_on_time,
        sum(delivered_on_time)::bigint as delivered_on_time,
        sum(late)::bigint as late,
        sum(overdue_undelivered)::bigint as overdue_undelivered,
        sum(exceptions)::bigint as exceptions,
        sum(lost)::bigint as lost
    from {{ ref('int_lane_days__counted') }}
    where promised_date <= {{ as_of_day() }} and shipments_due > 0
    group by carrier, service, lane, promised_date
),

-- Parcels without any promise belong to no cohort; how many there are is told per shipping day of the service.
coverage as (
    select
        carrier,
        service,
        business_date,
        sum(promised) over recently as promised_28d,
        sum(shipped) over recently as shipped_28d
    from {{ ref('int_service_days__counted') }}
    window recently as (
        partition by carrier, service order by business_date range between interval '27 days' preceding and current row
    )
),

covered as (
    select distinct on (cohorts.carrier, cohorts.service, cohorts.due_date)
        cohorts.carrier,
        cohorts.service,
        cohorts.due_date,
        100 * {{ ratio('coverage.promised_28d', 'coverage.shipped_28d') }} as promise_coverage_pct
    from cohorts
    inner join coverage
        on cohorts.carrier = coverage.carrier
        and cohorts.service = coverage.service
        and coverage.business_date <= cohorts.due_date
    order by cohorts.carrier, cohorts.service, cohorts.due_date, coverage.business_date desc
)

select
    -- keys
    cohorts.carrier,
    cohorts.service,
    cohorts.lane,
    cohorts.due_date,

    -- the cohort of that day
    cohorts.shipments_due,
    cohorts.attempted_on_time,
    cohorts.delivered_on_time,
    cohorts.late,
    cohorts.overdue_undelivered,
    cohorts.exceptions,
    cohorts.lost,
    {{ ratio('cohorts.attempted_on_time', 'cohorts.shipments_due') }} as carrier_on_time_attempt_rate,
    {{ ratio('cohorts.delivered_on_time', 'cohorts.shipments_due') }} as customer_on_time_delivered_rate,
    {{ ratio('cohorts.exceptions', 'cohorts.shipments_due') }} as exception_rate,

    -- the lane over 28 days
    lanes.transit_days_p50,
    lanes.transit_days_p95,
    covered.promise_coverage_pct,
    lanes.target_rate,
    lanes.rate_28d,
    lanes.wilson_upper_28d,
    lanes.shipments_28d,
    lanes.verdict,

    -- all lanes of the service over 28 days
    services.transit_days_p50 as service_transit_days_p50,
    services.transit_days_p95 as service_transit_days_p95,
    services.rate_28d as service_rate_28d,
    services.wilson_upper_28d as service_wilson_upper_28d,
    services.shipments_28d as service_shipments_28d,
    services.verdict as service_verdict
from cohorts
left join {{ ref('int_lanes__timed') }} as lanes
    on cohorts.carrier = lanes.carrier
    and cohorts.service = lanes.service
    and cohorts.lane = lanes.lane
    and cohorts.due_date = lanes.due_date
left join {{ ref('int_lanes__timed') }} as services
    on cohorts.carrier = services.carrier
    and cohorts.service = services.service
    and services.lane = '*'
    and cohorts.due_date = services.due_date
left join covered
    on cohorts.carrier = covered.carrier
    and cohorts.service = covered.service
    and cohorts.due_date = covered.due_date
