with source as (
    select * from {{ latest('odoo', 'suppliers') }} as latest
    where not is_deleted
)

select
    -- ids
    payload ->> 'id' as supplier_id,

    -- texts
    {{ odoo_name() }} as supplier_name,
    coalesce({{ odoo_text('country_code') }}, {{ odoo_link_name('country_id') }}) as country,

    -- money
    nullif({{ odoo_number('x_min_order_amount') }}, 0) as min_order_amount,

    -- booleans
    {{ odoo_flag('active') }} as is_active,

    -- timestamps
    {{ odoo_instant('write_date') }} as updated_at
from source
