{#-
    The parts of a money tree of Amazon's finances: a table expression with one row per part, whatever the depth.

        item → [ProductCharges 12.99 → [OurPricePrincipal 12.99],
                AmazonFees -5.81 → [Commission -1.95 → [Base -1.95], FBAPerUnitFulfillmentFee -3.86 → [Base -3.86]]]

    is (1.1, ProductCharges, OurPricePrincipal, 12.99), (2.1, AmazonFees, Commission, -1.95) and
    (2.2, AmazonFees, FBAPerUnitFulfillmentFee, -3.86). A node that is split into Base and Tax is one part: the fee with
    its tax. Columns: place, group_type (the root), part_type, amount.
-#}
{% macro amazon_parts(breakdowns) -%}
    {{ return(adapter.dispatch('amazon_parts')(breakdowns)) }}
{%- endmacro %}

{% macro default__amazon_parts(breakdowns) -%}
    (
        with recursive nodes as (
            select
                roots.place::text as place,
                roots.node ->> 'breakdownType' as group_type,
                roots.node,
                {{ _amazon_is_part('roots.node') }} as is_part
            from jsonb_array_elements({{ _amazon_list(breakdowns) }}) with ordinality as roots (node, place)

            union all

            select
                nodes.place || '.' || children.place::text,
                nodes.group_type,
                children.node,
                {{ _amazon_is_part('children.node') }}
            from nodes
            cross join lateral jsonb_array_elements({{ _amazon_list("nodes.node -> 'breakdowns'") }})
                with ordinality as children (node, place)
            where not nodes.is_part
        )

        select
            place,
            group_type,
            node ->> 'breakdownType' as part_type,
            (node #>> '{breakdownAmount,currencyAmount}')::numeric as amount
        from nodes
        where is_part
    )
{%- endmacro %}

{#- A JSON list, or an empty one for whatever is none. -#}
{% macro _amazon_list(value) -%}
    case when jsonb_typeof({{ value }}) = 'array' then {{ value }} else '[]'::jsonb end
{%- endmacro %}

{% macro _amazon_is_part(node) -%}
    (
        {{ _amazon_list(node ~ " -> 'breakdowns'") }} = '[]'::jsonb
        or {{ node }} -> 'breakdowns' @> '[{"breakdownType": "Base"}]'
    )
{%- endmacro %}


{#- What a part is: goods, tax, shipping, fee, discount, or other (transfers, reserves, reimbursements). Tax inside a
    fee is part of the fee; fees have many names, taxes and discounts follow a pattern. -#}
{% macro amazon_part_kind(group_type, part_type) -%}
    case
        when {{ group_type }} in ('AmazonFees', 'FBAFees') then 'fee'
        when {{ part_type }} in (
            'OurPricePrincipal', 'Principal', 'ProductCharges', 'GoodwillPrincipal', 'RestockingDeductionPrincipal'
        ) then 'goods'
        when {{ part_type }} ~ '(Tax|VAT)' then 'tax'
        when {{ part_type }} in ('ShippingPrincipal', 'Shipping') then 'shipping'
        when {{ part_type }} ~ '(Discount|Promo)' then 'discount'
        when {{ part_type }} ~ '(Fees?$|Commission|Chargeback$|^Subscription)' then 'fee'
        else 'other'
    end
{%- endmacro %}


{#- The value Amazon gives under a name in a list of {name, value} pairs: an order's number among related identifiers. -#}
{% macro amazon_identifier(identifiers, prefix, wanted) -%}
    {{ return(adapter.dispatch('amazon_identifier')(identifiers, prefix, wanted)) }}
{%- endmacro %}

{% macro default__amazon_identifier(identifiers, prefix, wanted) -%}
    jsonb_path_query_first(
        {{ identifiers }}, '$[*] ? (@.{{ prefix }}Name == "{{ wanted }}").{{ prefix }}Value'
    ) #>> '{}'
{%- endmacro %}

{#- Whether an order may lie in a window of the marketplace's policies, which count days of its own zone: these begin up to a day
    before ours or after. -#}
{% macro may_count_for_standing(ordered_at) -%}
    {{ ordered_at }} < {{ as_of_end() }}
    and {{ ordered_at }} >= {{ as_of_end() }} - make_interval(
        days => (select max(window_days) + 2 from {{ ref('marketplace_policies') }})
    )
{%- endmacro %}
