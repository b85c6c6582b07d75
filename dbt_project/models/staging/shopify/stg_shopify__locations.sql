with source as (
    select * from {{ latest('shopify', 'locations') }} as locations
),

shredded as (
    select
        source.scope as location_id,
        source.account as store_id,
        coalesce(nullif(trim(fields.told_name), ''), source.scope) as location_name,
        fields.*
    from source
    cross join lateral {{ shred('source.payload', '$', {
        'told_name': 'text $.name',
        'country': 'text $.address.countryCode',
        'province': 'text $.address.provinceCode',
        'city': 'text $.address.city',
        'is_active': 'boolean $.isActive',
        'fulfills_online_orders': 'boolean $.fulfillsOnlineOrders',
    }) }} as fields
)

select
    location_id,
    store_id,
    location_name,
    split_part(location_name, ' ', 1) as location_code,
    country,
    province,
    city,
    coalesce(is_active, false) as is_active,
    coalesce(fulfills_online_orders, false) as fulfills_online_orders
from shredded
