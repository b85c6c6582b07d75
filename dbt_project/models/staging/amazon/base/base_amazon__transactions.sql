-- What the touched records say: on most nights a few, which the kept tables beside this one take over.

with source as (
    select * from {{ latest('amazon', 'transactions', touched_only=not builds_anew()) }} as transactions
    where not is_deleted
)

select
    ---------- ids
    source.scope as transaction_id,
    source.account,
    coalesce(fields.marketplace_id, fields.seller_marketplace_id) as marketplace_id,
    {{ amazon_identifier('fields.identifiers', 'relatedIdentifier', 'ORDER_ID') }} as order_id,
    {{ amazon_identifier('fields.identifiers', 'relatedIdentifier', 'REFUND_ID') }} as refund_id,

    ---------- text
    fields.transaction_type,
    upper(coalesce(fields.status, 'RELEASED')) as status,
    fields.currency,

    ---------- numerics
    fields.total_amount,

    ---------- booleans
    {{ amazon_identifier('fields.identifiers', 'relatedIdentifier', 'DEFERRED_TRANSACTION_ID') }} is not null
        as is_release,

    ---------- timestamps
    fields.posted_at,

    ---------- children, shredded by the models beside this one
    fields.items,
    fields.breakdowns
from source
cross join lateral {{ shred('source.payload', '$', {
    'marketplace_id': 'text $.marketplaceDetails.marketplaceId',
    'seller_marketplace_id': 'text $.sellingPartnerMetadata.marketplaceId',
    'transaction_type': 'text $.transactionType',
    'status': 'text $.transactionStatus',
    'currency': 'text $.totalAmount.currencyCode',
    'total_amount': 'numeric $.totalAmount.currencyAmount',
    'posted_at': 'timestamptz $.postedDate',
    'identifiers': 'jsonb $.relatedIdentifiers',
    'items': 'jsonb $.items',
    'breakdowns': 'jsonb $.breakdowns',
}) }} as fields
