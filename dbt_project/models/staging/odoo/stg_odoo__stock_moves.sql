{{ config(
    materialized='incremental',
    indexes=[{'columns': ['stock_move_id']}, {'columns': ['moved_at']}, {'columns': ['purchase_order_line_id']}],
    pre_hook="{{ forget_scopes('odoo', 'stock_moves', 'stock_move_id') }}",
) }}

-- After {{ ref('int_touched__moves_before') }}, which remembers when the touched ones had been.

with source as (
    select * from {{ latest('odoo', 'stock_moves', is_incremental()) }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as stock_move_id,
    {{ odoo_link('product_id') }} as erp_product_id,
    {{ odoo_link('location_id') }} as from_erp_location_id,
    {{ odoo_link('location_dest_id') }} as to_erp_location_id,
    {{ odoo_link('purchase_line_id') }} as purchase_order_line_id,

    -- texts
    coalesce({{ odoo_text('reference') }}, {{ odoo_text('origin') }}) as reference,
    {{ odoo_text('x_kind') }} as kind,

    -- numerics
    coalesce({{ odoo_number('quantity') }}, {{ odoo_number('product_uom_qty') }}, 0) as quantity,

    -- timestamps
    {{ odoo_instant('date') }} as moved_at,
    {{ odoo_instant('write_date') }} as updated_at
from source
