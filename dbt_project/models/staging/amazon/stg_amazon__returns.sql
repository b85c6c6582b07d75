{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}, {'columns': ['returned_at']}],
    pre_hook="{{ forget_scopes('amazon', 'returns', 'return_id') }}",
) }}

-- After {{ ref('int_touched__amazon_before') if model.resource_type != 'unit_test' }}, which remembers of which orders they had been.
with source as (
    select * from {{ latest('amazon', 'returns', is_incremental()) }} as returns
    where not is_deleted
)

select
    ---------- ids: every unit that comes back gets a licence plate
    returns.return_id,
    returns.order_id,
    returns.seller_sku,

    ---------- text
    returns.reason,
    returns.disposition,

    ---------- numerics
    returns.quantity,

    ---------- timestamps
    returns.returned_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'return_id': 'text $.license_plate_number',
    'order_id': 'text $.order_id',
    'seller_sku': 'text $.sku',
    'quantity': 'integer $.quantity',
    'returned_at': 'timestamptz $.return_date',
    'reason': 'text $.reason',
    'disposition': 'text $.detailed_disposition',
}) }} as returns
