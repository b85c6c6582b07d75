{{ config(
    materialized='incremental',
    indexes=[
        {'columns': ['told_event_id']}, {'columns': ['customer_key']}, {'columns': ['occurred_at']},
        {'columns': ['variant_id']}, {'columns': ['product_id']}, {'columns': ['sku']}
    ],
    pre_hook="{{ forget_scopes('klaviyo', 'events', 'told_event_id') }}",
) }}

with source as (
    select * from {{ latest('klaviyo', 'events', is_incremental()) }} as latest
    where not is_deleted and payload #>> '{metric,name}' <> 'Placed Order'
),

-- A begun checkout is told as one event with its lines: here each line is an event of its own.
shredded as (
    select
        source.scope as told_event_id,
        event.*,
        items.*,
        count(*) over (partition by source.scope) as lines
    from source
    cross join lateral {{ shred('source.payload', '$', {
        'customer_key': 'text $.customer_key',
        'told_metric_name': 'text $.metric.name',
        'occurred_at': 'timestamptz $.attributes.datetime',
        'event_value_amount': 'numeric $.attributes.value',
        'currency': 'text $.attributes.currency',
        'checkout_id': 'text $.attributes.checkout_id',
    }) }} as event
    cross join lateral {{ shred('source.payload', '$.attributes.items[*]', {
        'line_number': 'for ordinality',
        'variant_reference': 'text $.variant_id',
        'product_reference': 'text $.product_id',
        'sku': 'text $.sku',
        'told_quantity': 'numeric $.quantity',
        'line_value_amount': 'numeric $.value',
    }) }} as items
)

select
    -- ids
    shredded.told_event_id
    || case when shredded.line_number > 1 then ':' || shredded.line_number else '' end as event_id,
    shredded.told_event_id,
    shredded.customer_key,
    {{ shopify_gid('ProductVariant', 'shredded.variant_reference') }} as variant_id,
    {{ shopify_gid('Product', 'shredded.product_reference') }} as product_id,
    nullif(shredded.sku, '') as sku,
    shredded.checkout_id,

    -- texts: integrations disagree on the order of two words
    case shredded.told_metric_name
        when 'Checkout Started' then 'Started Checkout'
        else shredded.told_metric_name
    end as metric_name,

    -- numerics
    coalesce({{ bounded('shredded.told_quantity', 1, 2147483647) }}, 1)::int as quantity,
    coalesce(
        shredded.line_value_amount, case when shredded.lines = 1 then shredded.event_value_amount end
    ) as value_amount,
    shredded.currency,

    -- timestamps
    shredded.occurred_at
from shredded
