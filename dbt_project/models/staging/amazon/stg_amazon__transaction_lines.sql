{{ config(
    materialized='incremental',
    indexes=[{'columns': ['transaction_id']}],
    pre_hook="{{ forget_scopes('amazon', 'transactions', 'transaction_id') }}",
) }}

with transactions as (
    select * from {{ ref('base_amazon__transactions') }}
),

-- What is told of no item hangs on an item without a name. Where there are items, the transaction's own tree only
-- adds them up.
trees as (
    select
        transactions.transaction_id,
        items.place::text as place,
        items.seller_sku,
        items.quantity,
        {{ amazon_identifier('items.identifiers', 'itemRelatedIdentifier', 'ORDER_ADJUSTMENT_ITEM_ID') }}
            as order_line_id,
        items.breakdowns
    from transactions
    cross join lateral (
        select
            fields.*,
            nullif(fields.contexts #>> '{0,sku}', '') as seller_sku,
            ({{ bounded("abs((fields.contexts #>> '{0,quantityShipped}')::numeric)", 0, 2147483647) }})::integer as quantity
        from {{ shred('transactions.items', '$[*]', {
            'place': 'for ordinality',
            'identifiers': 'jsonb $.relatedIdentifiers',
            'contexts': 'jsonb $.contexts',
            'breakdowns': 'jsonb $.breakdowns',
        }) }} as fields
    ) as items
    where not transactions.is_release and jsonb_typeof(transactions.items) = 'array'

    union all

    select transaction_id, '0' as place, null as seller_sku, null as quantity, null as order_line_id, breakdowns
    from transactions
    where not is_release and (jsonb_typeof(items) is distinct from 'array' or items = '[]')
),

parts as (
    select
        trees.transaction_id,
        trees.place || ':' || parts.place as place,
        trees.order_line_id,
        trees.seller_sku,
        trees.quantity,
        {{ amazon_part_kind('parts.group_type', 'parts.part_type') }} as kind,
        parts.part_type,
        parts.amount
    from trees
    cross join lateral {{ amazon_parts('trees.breakdowns') }} as parts
    where parts.amount <> 0
),

-- Whatever a tree does not explain stands as a line of its own: lines always add up to their transaction.
unexplained as (
    select
        transactions.transaction_id,
        'rest' as place,
        null as order_line_id,
        null as seller_sku,
        null::integer as quantity,
        'other' as kind,
        'Unexplained' as part_type,
        transactions.total_amount - coalesce(sum(parts.amount), 0) as amount
    from transactions
    left join parts on parts.transaction_id = transactions.transaction_id
    where not transactions.is_release
    group by transactions.transaction_id, transactions.total_amount
    having transactions.total_amount <> coalesce(sum(parts.amount), 0)
),

together as (
    select * from parts
    union all
    select * from unexplained
)

select
    ---------- ids
    together.transaction_id || '/' || together.place as transaction_line_id,
    together.transaction_id,
    transactions.order_id,
    together.order_line_id,
    together.seller_sku,

    ---------- text
    case
        when together.kind = 'other' and transactions.transaction_type = 'ServiceFee' then 'fee'
        else together.kind
    end as kind,
    coalesce(together.part_type, 'Unnamed') as fee_type,

    ---------- numerics
    together.quantity,
    together.amount,
    transactions.currency,

    ---------- timestamps
    transactions.posted_at
from together
inner join transactions on transactions.transaction_id = together.transaction_id
