{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}],
    pre_hook="{{ forget_closings('odoo', 'stock_quants', 'account') }}",
) }}

-- Every closed business day's stock as the ERP counted it, one row per quant and day.
with source as (
    select * from {{ closings('odoo', 'stock_quants') }} as closings
)

select
    -- ids
    account,
    payload ->> 'id' as stock_quant_id,
    {{ odoo_link('product_id') }} as erp_product_id,
    {{ odoo_link('location_id') }} as erp_location_id,

    -- dates
    business_date,

    -- numerics
    coalesce({{ odoo_number('quantity') }}, 0) as on_hand,
    coalesce({{ odoo_number('reserved_quantity') }}, 0) as reserved,

    -- booleans
    is_estimated,

    -- timestamps
    taken_at
from source
