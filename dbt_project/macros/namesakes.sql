{#-
    Orders of which a part bears the name of another order's part. A vendor gives each line, refund or fulfilment a name of
    its own; should two orders tell one after all, their table would refuse both, and with them everybody's night. Then all
    parts of one of the two are called `<order>/<part>` (`part_name`). The order that told its parts in an earlier build keeps
    their names, of two that are read at once the older one.

    `orders` names order_id and ordered_at; `parts` is kept model → (its key, the column of the list, the path within it),
    `id` what the vendor calls a part's name.
-#}
{% macro namesakes(orders, parts, id='id') -%}
    select order_id
    from (
        select
            order_id,
            held_by,
            first_value(order_id) over (partition by part_id order by ordered_at, order_id) as first_told_by
        from (
            {%- for kept, (key, list, path) in parts.items() %}
            select
                orders.order_id,
                orders.ordered_at,
                parts.part_id,
                {%- if builds_anew() %}
                cast(null as text) as held_by
                {%- else %}
                -- Looked up one by one: a join would read all that is kept.
                (
                    select held.order_id
                    from {{ as_it_was(kept, key ~ ' text, order_id text') }} as held
                    where held.{{ key }} = parts.part_id
                ) as held_by
                {%- endif %}
            from {{ orders }} as orders
            cross join lateral {{ shred('orders.' ~ list, path, {'part_id': 'text $.' ~ id}) }} as parts
            where parts.part_id is not null
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) as told
    ) as claims
    where first_told_by <> order_id
        or held_by not in (select order_id from {{ orders }})
    group by order_id
{%- endmacro %}

{#- What a part of an order is called among all parts of all orders. -#}
{% macro part_name(orders, name) -%}
    case when {{ orders }}.has_namesakes then {{ orders }}.order_id || '/' || {{ name }} else {{ name }} end
{%- endmacro %}
