-- What a channel's SKU is made of, in our own: the dated seed sku_map, a kit in one row for each component.
select
    channel,
    channel_sku,
    sku,
    units_per,
    valid_from,
    valid_to
from {{ ref('sku_map') }}
