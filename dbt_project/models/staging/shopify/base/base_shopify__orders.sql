{{ config(pre_hook="{{ touch_namesakes('shopify') }}") }}

-- What the touched records say: on most nights a few, which the kept tables beside this one take over.

with source as (
    select * from {{ latest('shopify', 'orders', touched_only=not builds_anew()) }} as orders
),

shredded as (
    select
        ---------- ids
        source.scope as order_id,
        source.account as store_id,
        fields.customer_key,

        ---------- text
        fields.order_name,
        fields.currency,
        fields.financial_status,
        fields.fulfillment_status,
        fields.return_status,
        fields.source_name,
        fields.cancel_reason,
        fields.ship_country,
        fields.ship_province,
        fields.utm_source,
        fields.utm_medium,
        fields.utm_campaign,
        fields.tags,
        fields.discount_codes,

        ---------- money, in the shop's currency
        fields.subtotal_amount,
        fields.total_discounts_amount,
        fields.total_shipping_amount,
        fields.total_tax_amount,
        fields.total_price_amount,
        fields.total_refunded_amount,

        ---------- booleans
        coalesce(fields.is_test, false) as is_test,
        coalesce(fields.is_tax_included, false) as is_tax_included,
        source.is_deleted,

        ---------- timestamps
        fields.ordered_at,
        fields.processed_at,
        fields.updated_at,
        fields.cancelled_at,
        fields.closed_at,

        ---------- children, shredded by the models beside this one
        fields.line_items,
        fields.fulfillments,
        fields.refunds,
        fields.returns,
        fields.transactions
    from source
    cross join lateral {{ shred('source.payload', '$', dict({
        'customer_key': 'text $.customer_key',
        'order_name': 'text $.name',
        'currency': 'text $.currencyCode',
        'financial_status': 'text $.displayFinancialStatus',
        'fulfillment_status': 'text $.displayFulfillmentStatus',
        'return_status': 'text $.returnStatus',
        'source_name': 'text $.sourceName',
        'cancel_reason': 'text $.cancelReason',
        'ship_country': 'text $.shippingAddress.countryCodeV2',
        'ship_province': 'text $.shippingAddress.provinceCode',
        'utm_source': 'text $.customerJourneySummary.lastVisit.utmParameters.source',
        'utm_medium': 'text $.customerJourneySummary.lastVisit.utmParameters.medium',
        'utm_campaign': 'text $.customerJourneySummary.lastVisit.utmParameters.campaign',
        'tags': 'jsonb $.tags',
        'discount_codes': 'jsonb $.discountCodes',
        'subtotal_amount': 'numeric $.subtotalPriceSet.shopMoney.amount',
        'total_discounts_amount': 'numeric $.totalDiscountsSet.shopMoney.amount',
        'total_shipping_amount': 'numeric $.totalShippingPriceSet.shopMoney.amount',
        'total_tax_amount': 'numeric $.totalTaxSet.shopMoney.amount',
        'total_price_amount': 'numeric $.totalPriceSet.shopMoney.amount',
        'total_refunded_amount': 'numeric $.totalRefundedSet.shopMoney.amount',
        'is_test': 'boolean $.test',
        'is_tax_included': 'boolean $.taxesIncluded',
        'ordered_at': 'timestamptz $.createdAt',
        'processed_at': 'timestamptz $.processedAt',
        'updated_at': 'timestamptz $.updatedAt',
        'cancelled_at': 'timestamptz $.cancelledAt',
        'closed_at': 'timestamptz $.closedAt',
    }, **order_parts('shopify').lists)) }} as fields
),

namesakes as (
    {{ namesakes('shredded', 'shopify') }}
)

select
    shredded.*,
    shredded.order_id in (select order_id from namesakes) as has_namesakes
from shredded
