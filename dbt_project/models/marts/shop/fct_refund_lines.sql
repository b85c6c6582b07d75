{{ config(meta={'publish': {'schema': 'mart', 'key': ['refund_line_id'], 'history': 'replace'}}) }}

select
    refund_line_id,
    refund_id,
    order_id,
    order_line_id,
    store_id,
    variant_id,
    sku,
    refund_date,
    refunded_at,
    order_date,
    kind,
    quantity,
    amount,
    tax_amount,
    currency,
    reason,
    restock_type,
    location_id,
    {{ dbt.datediff('order_date', 'refund_date', 'day') }} as days_to_refund,
    is_sale_line
from {{ ref('int_refund_lines__booked') }}
