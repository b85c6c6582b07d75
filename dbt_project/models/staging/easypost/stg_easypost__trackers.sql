{{ config(
    materialized='incremental',
    indexes=[{'columns': ['tracking_code']}, {'columns': ['created_at']}],
    pre_hook="{{ forget_scopes('easypost', 'trackers', 'tracker_id') }}",
) }}

with source as (
    select * from {{ latest('easypost', 'trackers', is_incremental()) }} as latest
    where not is_deleted
),

shredded as (
    select trackers.*
    from source
    cross join lateral {{ shred('source.payload', '$', {
        'tracker_id': 'text $.id',
        'tracking_code': 'text $.tracking_code',
        'shipment_reference': 'text $.shipment_id',
        'carrier': 'text $.carrier',
        'service': 'text $.carrier_detail.service',
        'status': 'text $.status',
        'status_detail': 'text $.status_detail',
        'estimated_text': 'text $.est_delivery_date',
        'guaranteed_text': 'text $.carrier_detail.guaranteed_delivery_date',
        'is_finalized': 'boolean $.finalized',
        'is_return': 'boolean $.is_return',
        'created_at': 'timestamptz $.created_at',
        'updated_at': 'timestamptz $.updated_at',
        'first_attempt_at': 'timestamptz $.carrier_detail.initial_delivery_attempt',
    }) }} as trackers
)

select
    -- ids
    shredded.tracker_id,
    shredded.tracking_code,
    shredded.shipment_reference,

    -- texts
    shredded.carrier,
    shredded.service,
    shredded.status,
    shredded.status_detail,

    -- dates: the carrier writes a local day as a midnight in UTC, so only its first ten characters count
    left(shredded.estimated_text, 10)::date as estimated_date,
    left(shredded.guaranteed_text, 10)::date as guaranteed_date,

    -- booleans
    coalesce(shredded.is_finalized, false) as is_finalized,
    coalesce(shredded.is_return, false) as is_return,

    -- timestamps
    shredded.created_at,
    shredded.updated_at,
    shredded.first_attempt_at
from shredded
