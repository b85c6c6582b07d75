{#- Where every SKU and location is walked from, and what lay there at the opening of a day. -#}
{% macro walks_until(day) -%}
(
    select
        walks.sku,
        walks.location_id,
        walks.first_day,
        walks.last_quantity - coalesce(moved.net_quantity, 0) as opening_quantity
    from {{ ref('int_stock_walks__anchored') }} as walks
    left join (
        select sku, location_id, sum(net_quantity) as net_quantity
        from {{ ref('int_stock_moves__netted') }}
        where business_date between {{ day }} and {{ as_of_day() }}
        group by sku, location_id
    ) as moved on moved.sku = walks.sku and moved.location_id = walks.location_id
)
{%- endmacro %}
