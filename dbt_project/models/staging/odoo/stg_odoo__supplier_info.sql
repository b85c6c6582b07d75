with source as (
    select * from {{ latest('odoo', 'supplier_info') }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as supplier_info_id,
    {{ odoo_link('partner_id') }} as supplier_id,
    {{ odoo_link('product_id') }} as erp_product_id,
    {{ odoo_link('product_tmpl_id') }} as erp_template_id,

    -- numerics
    {{ odoo_number('min_qty') }} as min_quantity,
    {{ odoo_number('x_pack_size') }} as pack_size,
    ({{ bounded(odoo_number('delay'), 0, 3650) }})::int as lead_time_days, -- ten years is a typing error

    -- money
    nullif({{ odoo_number('price') }}, 0) as price_amount,
    {{ odoo_link_name('currency_id') }} as currency,

    -- timestamps
    {{ odoo_instant('write_date') }} as updated_at
from source
