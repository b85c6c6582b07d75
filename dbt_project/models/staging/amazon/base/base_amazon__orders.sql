{{ config(pre_hook="{{ touch_namesakes('amazon') }}") }}

-- What the touched records say: on most nights a few, which the kept tables beside this one take over.

with source as (
    select * from {{ latest('amazon', 'orders', touched_only=not builds_anew()) }} as orders
    where not is_deleted
),

shredded as (
    select
        ---------- ids
        source.scope as order_id,
        source.account,
        fields.marketplace_id,

        ---------- text
        coalesce(fields.total_currency, fields.price_currency) as currency,
        fields.fulfilled_by,
        fields.fulfillment_status,
        fields.ship_country,
        fields.ship_province,
        fields.cancelled_by,

        ---------- numerics
        fields.total_amount,

        ---------- timestamps
        fields.ordered_at,
        fields.updated_at,
        fields.ship_by_at,
        fields.deliver_by_at,

        ---------- children, shredded by the models beside this one
        fields.proceeds,
        fields.items,
        fields.packages
    from source
    cross join lateral {{ shred('source.payload', '$', dict({
        'marketplace_id': 'text $.salesChannel.marketplaceId',
        'total_currency': 'text $.proceeds.grandTotal.currencyCode',
        'price_currency': 'text $.orderItems[0].product.price.unitPrice.currencyCode',
        'fulfilled_by': 'text $.fulfillment.fulfilledBy',
        'fulfillment_status': 'text $.fulfillment.fulfillmentStatus',
        'ship_country': 'text $.recipient.deliveryAddress.countryCode',
        'ship_province': 'text $.recipient.deliveryAddress.stateOrRegion',
        'cancelled_by': 'text $.orderItems[0].cancellation.cancellationExecution.cancelledBy',
        'total_amount': 'numeric $.proceeds.grandTotal.amount',
        'ordered_at': 'timestamptz $.createdTime',
        'updated_at': 'timestamptz $.lastUpdatedTime',
        'ship_by_at': 'timestamptz $.fulfillment.shipByWindow.latestDateTime',
        'deliver_by_at': 'timestamptz $.fulfillment.deliverByWindow.latestDateTime',
        'proceeds': 'jsonb $.proceeds.breakdowns',
        'packages': 'jsonb $.packages',
    }, **order_parts('amazon').lists)) }} as fields
),

namesakes as (
    {{ namesakes('shredded', 'amazon') }}
)

select
    shredded.*,
    shredded.order_id in (select order_id from namesakes) as has_namesakes
from shredded
