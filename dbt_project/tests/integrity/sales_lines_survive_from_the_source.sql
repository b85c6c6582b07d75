-- No line is lost or doubled between the shops' and the marketplace's own words and the fact.
with source_lines as (
    select order_id, count(*) as lines, sum(quantity) as units
    from {{ of_touched(ref('stg_shopify__order_lines'), 'orders') }} as order_lines
    group by order_id
    union all
    select order_id, count(*) as lines, sum(quantity) as units
    from {{ of_touched(ref('stg_amazon__order_lines'), 'orders') }} as order_lines
    group by order_id
),

fact_lines as (
    select order_id, count(*) as lines, sum(quantity) as units
    from {{ of_touched(ref('fct_order_lines'), 'orders') }} as fct_order_lines
    group by order_id
)

select orders.order_id, source_lines.lines as source_lines, fact_lines.lines
from {{ of_touched(ref('fct_orders'), 'orders') }} as orders
left join source_lines on source_lines.order_id = orders.order_id
left join fact_lines on fact_lines.order_id = orders.order_id
where (source_lines.lines, source_lines.units) is distinct from (fact_lines.lines, fact_lines.units)
