-- On any day a channel's SKU holds each of ours at most once: two rows would count its units twice.
select older.channel, older.channel_sku, older.sku, newer.valid_from
from {{ ref('int_skus__mapped') }} as older
inner join {{ ref('int_skus__mapped') }} as newer
    on newer.channel = older.channel
    and newer.channel_sku = older.channel_sku
    and newer.sku = older.sku
    and newer.valid_from > older.valid_from
    and newer.valid_from < coalesce(older.valid_to, date '9999-12-31')
