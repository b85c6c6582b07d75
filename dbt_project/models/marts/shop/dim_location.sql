{{ config(meta={'publish': {'schema': 'mart', 'key': ['location_id'], 'history': 'replace'}}) }}

with erp_locations as (
    select distinct on (location_code) location_code, erp_location_id
    from {{ ref('stg_odoo__locations') }}
    order by location_code, erp_location_id
)

select
    locations.location_id,
    locations.location_code,
    locations.location_name,
    erp_locations.erp_location_id,
    locations.country,
    locations.province,
    locations.city,
    -- One authority per shelf: the seed's word, else the ERP where it knows the place.
    coalesce(
        authorities.stock_authority,
        case when erp_locations.erp_location_id is not null then 'erp' else 'shop' end
    ) as stock_authority,
    locations.is_active
from {{ ref('stg_shopify__locations') }} as locations
left join erp_locations on erp_locations.location_code = locations.location_code
left join {{ ref('stock_authority') }} as authorities on authorities.location_code = locations.location_code
