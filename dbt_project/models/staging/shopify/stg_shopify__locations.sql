with source as (
    select * from {{ latest('shopify', 'locations') }} as locations
)

select
    source.scope as location_id,
    source.account as store_id,
    fields.location_name,
    split_part(fields.location_name, ' ', 1) as location_code,
    fields.country,
    fields.province,
    fields.city,
    coalesce(fields.is_active, false) as is_active,
    coalesce(fields.fulfills_online_orders, false) as fulfills_online_orders
from source
cross join lateral {{ shred('source.payload', '$', {
    'location_name': 'text $.name',
    'country': 'text $.address.countryCode',
    'province': 'text $.address.provinceCode',
    'city': 'text $.address.city',
    'is_active': 'boolean $.isActive',
    'fulfills_online_orders': 'boolean $.fulfillsOnlineOrders',
}) }} as fields
