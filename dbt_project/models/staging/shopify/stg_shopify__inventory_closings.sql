{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}],
    pre_hook="{{ forget_closings('shopify', 'inventory_levels', 'store_id') }}",
) }}

with source as (
    select * from {{ closings('shopify', 'inventory_levels') }} as levels
)

select
    ---------- ids
    source.scope as inventory_level_id,
    source.business_date,
    source.account as store_id,
    level.location_id,
    level.inventory_item_id,

    ---------- text
    nullif(level.sku, '') as sku,

    ---------- numerics
    coalesce(counts.available, 0) as available,
    coalesce(counts.on_hand, 0) as on_hand,
    coalesce(counts.committed, 0) as committed,
    coalesce(counts.incoming, 0) as incoming,

    ---------- booleans
    source.is_estimated
from source
cross join lateral {{ shred('source.payload', '$', {
    'location_id': 'text $.location.id',
    'inventory_item_id': 'text $.item.id',
    'sku': 'text $.item.sku',
    'quantities': 'jsonb $.quantities',
}) }} as level
left join lateral (
    select
        sum(quantity) filter (where name = 'available') as available,
        sum(quantity) filter (where name = 'on_hand') as on_hand,
        sum(quantity) filter (where name = 'committed') as committed,
        sum(quantity) filter (where name = 'incoming') as incoming
    from {{ shred_once('level.quantities', '$[*]', 'name', {
        'name': 'text $.name',
        'quantity': 'integer $.quantity',
    }) }} as quantities
) as counts on true
