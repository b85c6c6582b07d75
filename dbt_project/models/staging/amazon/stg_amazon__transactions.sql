{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook="{{ forget_scopes('amazon', 'transactions', 'transaction_id') }}",
) }}

with movements as (
    select * from {{ ref('base_amazon__transactions') }}
    {{- where_touched('amazon', 'transactions', 'transaction_id') }}
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
