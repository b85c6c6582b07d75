with source as (
    select * from {{ latest('odoo', 'products') }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as erp_product_id,
    {{ odoo_link('product_tmpl_id') }} as erp_template_id,
    {{ odoo_text('default_code') }} as sku,

    -- texts
    {{ odoo_text('name') }} as erp_product_name,

    -- money: the ERP writes 0 for a cost nobody entered
    nullif({{ odoo_number('standard_price') }}, 0) as standard_cost_amount,

    -- booleans
    {{ odoo_flag('active') }} as is_active,

    -- timestamps
    {{ odoo_instant('write_date') }} as updated_at
from source
