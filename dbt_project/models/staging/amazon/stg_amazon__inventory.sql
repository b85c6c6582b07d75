{{ config(
    materialized='incremental',
    indexes=[{'columns': ['business_date']}],
    pre_hook="{{ forget_closings('amazon', 'inventory', 'account') }}",
) }}

-- Every closed business day's stock in Amazon's warehouses, one row per seller SKU, marketplace and day.
with source as (
    select * from {{ closings('amazon', 'inventory') }} as closings
)

select
    ---------- ids
    source.account,
    stock.marketplace_id,
    stock.seller_sku,
    stock.asin,

    ---------- dates
    source.business_date,

    ---------- numerics
    coalesce(stock.fulfillable, 0) as fulfillable,
    coalesce(stock.reserved, 0) as reserved,
    coalesce(stock.inbound_working, 0) + coalesce(stock.inbound_shipped, 0) + coalesce(stock.inbound_receiving, 0)
        as inbound,
    coalesce(stock.unfulfillable, 0) as unfulfillable,

    ---------- booleans
    source.is_estimated,

    ---------- timestamps
    source.taken_at
from source
cross join lateral {{ shred('source.payload', '$', {
    'marketplace_id': 'text $.marketplaceId',
    'seller_sku': 'text $.sellerSku',
    'asin': 'text $.asin',
    'fulfillable': 'integer $.inventoryDetails.fulfillableQuantity',
    'reserved': 'integer $.inventoryDetails.reservedQuantity.totalReservedQuantity',
    'inbound_working': 'integer $.inventoryDetails.inboundWorkingQuantity',
    'inbound_shipped': 'integer $.inventoryDetails.inboundShippedQuantity',
    'inbound_receiving': 'integer $.inventoryDetails.inboundReceivingQuantity',
    'unfulfillable': 'integer $.inventoryDetails.unfulfillableQuantity.totalUnfulfillableQuantity',
}) }} as stock
