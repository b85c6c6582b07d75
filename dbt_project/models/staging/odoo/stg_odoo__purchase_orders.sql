with source as (
    select * from {{ latest('odoo', 'purchase_orders') }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as purchase_order_id,
    {{ odoo_name() }} as purchase_order_name,
    {{ odoo_link('partner_id') }} as supplier_id,
    {{ odoo_text('x_nightshift_key') }} as nightshift_key,

    -- texts: the receiving place is named 'CMH1: Receipts'
    {{ odoo_text('state') }} as state,
    {{ odoo_text('receipt_status') }} as receipt_status,
    split_part({{ odoo_link_name('picking_type_id') }}, ':', 1) as location_code,

    -- money
    {{ odoo_number('amount_untaxed') }} as untaxed_amount,
    {{ odoo_number('amount_total') }} as total_amount,
    {{ odoo_link_name('currency_id') }} as currency,

    -- booleans
    {{ odoo_flag('locked') }} as is_locked,

    -- timestamps
    {{ odoo_instant('date_order') }} as ordered_at,
    {{ odoo_instant('date_approve') }} as approved_at,
    {{ odoo_instant('date_planned') }} as planned_at,
    {{ odoo_instant('write_date') }} as updated_at
from source
