with source as (
    select * from {{ latest('odoo', 'locations') }} as latest
)

select
    -- ids
    payload ->> 'id' as erp_location_id,

    -- texts: 'CMH1/Stock' belongs to the location CMH1
    split_part({{ odoo_text('complete_name') }}, '/', 1) as location_code,
    {{ odoo_text('complete_name') }} as erp_location_name
from source
