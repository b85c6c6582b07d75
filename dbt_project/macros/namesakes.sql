{#-
    Orders of which a part bears the name of another order's part. A vendor gives each line, refund or fulfilment a name of
    its own; should two orders tell one after all, their table would refuse both, and with them everybody's night. Then the
    oldest order keeps the name, and all parts of the others are called `<order>/<part>` (`part_name`).

    Who is the oldest depends on all orders that tell the part: `touch_namesakes` has them taken apart together.
-#}
{% macro namesakes(orders, source_name) -%}
    select order_id
    from (
        select
            order_id,
            first_value(order_id) over (partition by part_id order by ordered_at, order_id) as first_told_by
        from (
            {{ _parts_told(orders, source_name, 'orders.ordered_at') | indent(12) }}
        ) as told
    ) as claims
    where first_told_by <> order_id
    group by order_id
{%- endmacro %}

{#- Before the touched orders are taken apart: those that are called after themselves are touched too, for they may not be any
    more, and so is whoever holds the name of a part that a touched order tells. Looked up one by one: a join would read all
    that is kept. -#}
{% macro touch_namesakes(source_name) -%}
    {%- set told = order_parts(source_name) -%}
    {%- set kept = as_it_was(told.kept, 'order_id text, ' ~ told.account ~ ' text, has_namesakes boolean') -%}
    {%- if not builds_anew() -%}
    insert into ops.touched_scope (source, stream, account, scope)
    select '{{ source_name }}', 'orders', kept.{{ told.account }}, kept.order_id
    from {{ kept }} as kept
    where kept.has_namesakes
    on conflict do nothing;

    insert into ops.touched_scope (source, stream, account, scope)
    select
        '{{ source_name }}', 'orders',
        (select kept.{{ told.account }} from {{ kept }} as kept where kept.order_id = held.order_id),
        held.order_id
    from (
        select distinct
            case told.kept
                {%- for table, (key, list, path) in told.parts.items() %}
                when '{{ table }}' then (
                    select held.order_id
                    from {{ as_it_was(table, key ~ ' text, order_id text') }} as held
                    where held.{{ key }} = told.part_id
                )
                {%- endfor %}
            end as order_id
        from (
            with orders as (
                select source.scope as order_id, lists.*
                from {{ latest(source_name, 'orders', touched_only=true) }} as source
                cross join lateral {{ shred('source.payload', '$', told.lists) }} as lists
            )

            {{ _parts_told('orders', source_name) | indent(12) }}
        ) as told
    ) as held
    where held.order_id is not null
    on conflict do nothing
    {%- endif -%}
{%- endmacro %}

{#- Every part that the orders tell, and the kept table it goes to. -#}
{% macro _parts_told(orders, source_name, ordered_at='null') -%}
{%- set told = order_parts(source_name) -%}
{%- for table, (key, list, path) in told.parts.items() %}
select orders.order_id, {{ ordered_at }} as ordered_at, parts.part_id, '{{ table }}' as kept
from {{ orders }} as orders
cross join lateral {{ shred('orders.' ~ list, path, {'part_id': 'text $.' ~ told.id}) }} as parts
where parts.part_id is not null
{{ 'union all' if not loop.last }}
{%- endfor %}
{%- endmacro %}

{#- Where a vendor's orders tell their lists of parts, and by kept table of parts: its key, the list, the path within it. `id` is
    what the vendor calls a part's name, `account` what the kept orders call their account. -#}
{% macro order_parts(source_name) -%}
    {{ return({
        'shopify': {
            'kept': 'stg_shopify__orders',
            'account': 'store_id',
            'id': 'id',
            'lists': {
                'line_items': 'jsonb $.lineItems.nodes',
                'fulfillments': 'jsonb $.fulfillments',
                'refunds': 'jsonb $.refunds',
                'returns': 'jsonb $.returns.nodes',
                'transactions': 'jsonb $.transactions',
            },
            'parts': {
                'stg_shopify__order_lines': ('order_line_id', 'line_items', '$[*]'),
                'stg_shopify__fulfillments': ('fulfillment_id', 'fulfillments', '$[*]'),
                'stg_shopify__refunds': ('refund_id', 'refunds', '$[*]'),
                'stg_shopify__return_lines': ('return_line_id', 'returns', '$[*].returnLineItems.nodes[*]'),
                'stg_shopify__transactions': ('transaction_id', 'transactions', '$[*]'),
            },
        },
        'amazon': {
            'kept': 'stg_amazon__orders',
            'account': 'account',
            'id': 'orderItemId',
            'lists': {'items': 'jsonb $.orderItems'},
            'parts': {'stg_amazon__order_lines': ('order_line_id', 'items', '$[*]')},
        },
    }[source_name]) }}
{%- endmacro %}

{#- What a part of an order is called among all parts of all orders. -#}
{% macro part_name(orders, name) -%}
    case when {{ orders }}.has_namesakes then {{ orders }}.order_id || '/' || {{ name }} else {{ name }} end
{%- endmacro %}
