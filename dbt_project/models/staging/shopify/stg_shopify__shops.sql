-- A night whose answer was put aside is no night without a shop: what it told last stands.
with source as (
    select * from {{ last_told('shopify', 'shop') }} as shops
)

select
    source.account as store_id,
    fields.shop_name,
    fields.currency,
    fields.iana_timezone
from source
cross join lateral {{ shred('source.payload', '$', {
    'shop_name': 'text $.name',
    'currency': 'text $.currencyCode',
    'iana_timezone': 'text $.ianaTimezone',
}) }} as fields
