{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['shipment_id'], 'history': 'replace', 'touched': 'int_touched__shipments'}},
    materialized='incremental',
    indexes=[
        {'columns': ['order_id']}, {'columns': ['claim_status']}, {'columns': ['is_delivered', 'is_late']},
        {'columns': ['is_delivered', 'tracker_id']}, {'columns': ['tracker_id']},
    ],
    pre_hook="{{ forget_touched('shipments') }}",
) }}

select
    -- ids
    judged.shipment_id,
    judged.order_id,
    judged.order_name,
    judged.store_id,
    judged.tracker_id,
    judged.source,
    judged.tracking_code,

    -- who carried it where
    judged.carrier,
    judged.service,
    judged.location_id,
    judged.ship_country,
    judged.ship_province,
    judged.lane,

    -- when
    judged.business_date,
    judged.label_created_at,
    judged.picked_up_at,
    judged.first_attempt_at,
    judged.delivered_at,
    judged.last_scan_at,
    coalesce(judged.last_status, judged.tracker_status, 'unknown') as status,

    -- the promise
    judged.promised_date,
    judged.promise_source,
    judged.first_estimated_date as original_estimate_date,

    -- how it went
    judged.is_delivered,
    judged.is_lost,
    judged.is_exception,
    judged.exception_reason,
    judged.is_returned,
    judged.carrier_on_time_attempt,
    judged.customer_on_time_delivered,
    judged.is_late,
    judged.days_late,
    judged.transit_days,
    judged.order_to_ship_hours,

    -- what can be claimed
    coalesce(claims.claim_status, 'none') as claim_status,
    claims.claim_type,
    claims.claim_file_by_date,
    claims.claim_amount,
    claims.claim_reason,
    judged.currency
from {{ of_touched(ref('int_shipments__judged'), 'shipments') }} as judged
left join {{ of_touched(ref('int_shipments__claimed'), 'shipments') }} as claims on judged.shipment_id = claims.shipment_id
