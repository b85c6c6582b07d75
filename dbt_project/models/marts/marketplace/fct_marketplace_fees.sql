{{ config(meta={'publish': {'schema': 'mart', 'key': ['fee_id'], 'history': 'replace'}}) }}

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
from {{ ref('int_marketplace_fees__posted') }}
