{{ config(
    materialized='incremental',
    indexes=[{'columns': ['substr(tracker_id, 5)']}, {'columns': ['tracking_code']}, {'columns': ['created_at']}],
    pre_hook="{{ forget_scopes('ups', 'tracking', 'substr(tracker_id, 5)') }}",
) }}

-- Two accounts may be asked about one number: what UPS changed last counts.
with source as (
    select distinct on (scope) *
    from {{ latest('ups', 'tracking', is_incremental()) }} as latest
    where not is_deleted
    order by scope, source_updated_at desc nulls last, account
),

-- When a number was first told of: being told the same again changes nothing.
first_told as (
    select scope, min(taken_at) as told_at
    from {{ versions('ups', 'tracking', is_incremental()) }} as versions
    group by scope
),

-- The planner takes it for one row and would read all scans again for each tracker.
scanned as materialized (
    select
        source.scope,
        min({{ ups_instant('scans') }}) as first_scan_at,
        max({{ ups_instant('scans') }}) as last_scan_at
    from source
    cross join lateral {{ ups_scans('source.payload') }} as scans
    group by source.scope
),

shredded as (
    select
        source.scope as tracking_code,
        source.payload,
        first_told.told_at,
        fields.*,
        coalesce({{ ups_date('source.payload', 'RDD') }}, {{ ups_date('source.payload', 'SDD') }}) as estimated_date
    from source
    inner join first_told on first_told.scope = source.scope
    cross join lateral {{ shred('source.payload', '$.package[0]', {
        'service_text': 'text $.service.description',
        'status_type': 'text $.currentStatus.type',
        'status_code': 'text $.currentStatus.code',
        'delivery_time_type': 'text $.deliveryTime.type',
    }) }} as fields
)

select
    -- ids
    'ups:' || shredded.tracking_code as tracker_id,
    shredded.tracking_code,
    null::text as shipment_reference,

    -- texts: 'UPS 2nd Day Air' is the service '2ndDayAir'
    'UPS' as carrier,
    nullif(regexp_replace(shredded.service_text, '^UPS |[^A-Za-z0-9]', '', 'g'), '') as service,
    coalesce(codes.status, types.status, 'unknown') as status,
    coalesce(codes.status_detail, types.status_detail, 'unknown') as status_detail,

    -- dates
    shredded.estimated_date,
    case when shredded.delivery_time_type = 'CMT' then shredded.estimated_date end as guaranteed_date,

    -- booleans
    coalesce(codes.status, types.status) in ('delivered', 'cancelled') as is_finalized,
    false as is_return,

    -- timestamps: UPS tells neither when it heard of a number nor when it changed its mind
    coalesce(scanned.first_scan_at, shredded.told_at) as created_at,
    coalesce(scanned.last_scan_at, shredded.told_at) as updated_at,
    null::timestamptz as first_attempt_at
from shredded
left join scanned on shredded.tracking_code = scanned.scope
left join {{ ref('ups_statuses') }} as codes
    on shredded.status_type = codes.status_type and shredded.status_code = codes.status_code
left join {{ ref('ups_statuses') }} as types on shredded.status_type = types.status_type and types.status_code = '*'
