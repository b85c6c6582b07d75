{{ config(
    materialized='incremental',
    indexes=[
        {'columns': ['transaction_id']}, {'columns': ['order_id']}, {'columns': ['posted_at']}, {'columns': ['store_id']}
    ],
    pre_hook="{{ forget_scopes('amazon', 'transactions', 'transaction_id') }}",
) }}

-- After {{ ref('int_touched__amazon_before') if model.resource_type != 'unit_test' }}, which remembers of which orders they had been.
with movements as (
    select * from {{ ref('base_amazon__transactions') }}
)

-- Money that was held back is told twice: under its own id, which turns from DEFERRED into DEFERRED_RELEASED, and once
-- more as the release. The first is kept, on the day the money was earned.
select
    ---------- ids
    transaction_id,
    account,
    marketplace_id,
    'amazon:' || marketplace_id as store_id,
    order_id,
    refund_id,

    ---------- text
    transaction_type,
    status,
    currency,

    ---------- numerics
    total_amount,

    ---------- booleans
    status = 'DEFERRED' as is_deferred,

    ---------- timestamps
    posted_at
from movements
where not is_release
