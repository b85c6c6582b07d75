{{ config(
    meta={'publish': {'schema': 'mart', 'key': ['fee_id'], 'history': 'replace', 'touched': 'int_touched__transactions'}},
    materialized='incremental',
    indexes=[{'columns': ['transaction_id']}],
    pre_hook="{{ forget_touched('transactions') }}",
) }}

select
    fee_id,
    store_id,
    order_id,
    order_line_id,
    seller_sku,
    fee_type,
    posted_at,
    posted_date,
    amount,
    currency,
    reporting_amount,
    fx_rate,
    fx_date,
    transaction_id,
    transaction_type,
    is_estimated
from {{ of_touched(ref('int_marketplace_fees__posted'), 'transactions') }} as fees
