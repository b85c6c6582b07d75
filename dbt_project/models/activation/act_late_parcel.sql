{{ config(meta={'publish': {'schema': 'act', 'key': ['shipment_id'], 'history': 'replace'}}) }}

-- Parcels somebody should act on: late and still under way, or gone wrong with a claim that can still be filed. What is
-- lost and cannot be claimed any more stays in fct_shipments, with its reason; a label nobody ever scanned is no parcel.
select
    shipment_id,
    order_id,
    order_name,
    carrier,
    service,
    tracking_code,
    promised_date,
    days_late,
    status,
    claim_status,
    claim_type,
    claim_amount,
    currency,
    claim_file_by_date,
    claim_reason
from {{ ref('fct_shipments') }} as shipments
where ((is_late and not is_delivered and not is_returned and not is_lost) or claim_status = 'claimable')
    and not {{ was_never_handed_over('shipments') }}
