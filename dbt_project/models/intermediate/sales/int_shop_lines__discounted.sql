{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_touched('orders') }}",
) }}

-- Lines of our own shops without tax, with every discount on them.
with orders as (
    select * from {{ of_touched(ref('int_orders__dated'), 'orders') }} as dated
),

lines as (
    select
        lines.*,
        orders.is_tax_included,
        orders.subtotal_amount as order_subtotal_amount,
        lines.unit_price_amount * lines.quantity as list_total_amount,
        coalesce(
            lines.discounted_total_amount, lines.unit_price_amount * lines.quantity
        ) as line_discounted_amount
    from {{ of_touched(ref('stg_shopify__order_lines'), 'orders') }} as lines
    inner join orders on orders.order_id = lines.order_id
),

-- An order discount that no line shows: the lines' total minus the order's own subtotal. Taking it from the
-- subtotal, not from the total of discounts, keeps shipping discounts out.
weighed as (
    select
        lines.*,
        case when is_gift_card then 0 else line_discounted_amount end as weight,
        sum(case when is_gift_card then 0 else line_discounted_amount end)
            over (partition by order_id) as order_weight,
        sum(line_discounted_amount) over (partition by order_id)
            - coalesce(order_subtotal_amount, sum(line_discounted_amount) over (partition by order_id))
            as order_discount_amount,
        power(10::numeric, {{ minor_digits('currency') }}) as minor_units
    from lines
),

-- Largest remainder: everybody gets the whole cents of their share, the cents left over go to the largest
-- fractions, so the lines add up to the order to the cent.
shared as (
    select
        weighed.*,
        case
            when order_discount_amount > 0 and order_discount_amount <= order_weight
                then order_discount_amount * minor_units * weight / order_weight
            else 0
        end as exact_share
    from weighed
),

ranked as (
    select
        shared.*,
        round(sum(exact_share) over (partition by order_id))
            - sum(floor(exact_share)) over (partition by order_id) as cents_left,
        row_number() over (
            partition by order_id order by exact_share - floor(exact_share) desc, order_line_id
        ) as remainder_rank
    from shared
),

allocated as (
    select
        ranked.*,
        floor(exact_share) + case when remainder_rank <= cents_left then 1 else 0 end as share_cents
    from ranked
),

discounted as (
    select
        allocated.*,
        {{ round_money('line_discounted_amount - share_cents / minor_units', 'currency') }} as paid_amount
    from allocated
),

stripped as (
    select
        discounted.*,
        {{ without_tax('unit_price_amount', 'tax_rate', 'is_tax_included', 'currency') }} as unit_price_net,
        {{ without_tax('list_total_amount', 'tax_rate', 'is_tax_included', 'currency') }} as line_total_amount,
        case when is_tax_included then paid_amount - tax_amount else paid_amount end as net_amount
    from discounted
)

select
    order_line_id,
    order_id,
    variant_id,
    sku,
    quantity,
    unit_price_net as unit_price_amount,
    line_total_amount,
    line_total_amount - net_amount as discount_amount,
    tax_amount,
    is_gift_card
from stripped
