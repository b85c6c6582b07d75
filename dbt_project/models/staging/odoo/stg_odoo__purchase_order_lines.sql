with source as (
    select * from {{ latest('odoo', 'purchase_order_lines') }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as purchase_order_line_id,
    {{ odoo_link('order_id') }} as purchase_order_id,
    {{ odoo_link('product_id') }} as erp_product_id,

    -- numerics
    coalesce({{ odoo_number('product_qty') }}, 0) as ordered_quantity,
    coalesce({{ odoo_number('qty_received') }}, 0) as received_quantity,

    -- money
    {{ odoo_number('price_unit') }} as unit_price_amount,
    {{ odoo_number('price_subtotal') }} as line_amount,

    -- timestamps
    {{ odoo_instant('date_planned') }} as planned_at,
    {{ odoo_instant('write_date') }} as updated_at
from source
