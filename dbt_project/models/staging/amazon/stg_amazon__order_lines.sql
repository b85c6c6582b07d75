{{ config(
    materialized='incremental',
    indexes=[{'columns': ['order_id']}],
    pre_hook="{{ forget_scopes('amazon', 'orders', 'order_id') }}",
) }}

with orders as (
    select * from {{ ref('base_amazon__orders') }}
)

select
    ---------- ids
    {{ part_name('orders', 'lines.order_line_id') }} as order_line_id,
    orders.order_id,
    lines.seller_sku,
    lines.asin,

    ---------- text
    lines.title,

    ---------- numerics, without tax: where the shown price includes it, the proceeds of the goods do not. These are told for
    ---------- all units at once: the price of one, multiplied again, may miss the cent.
    lines.quantity,
    case
        when money.item_amount is null or lines.quantity = 0 then lines.shown_price_amount
        when money.item_amount = lines.shown_price_amount * lines.quantity then lines.shown_price_amount
        else round(money.item_amount / lines.quantity, 4)
    end as unit_price_amount,
    case
        when money.item_amount is null or lines.quantity = 0 then lines.shown_price_amount * lines.quantity
        else money.item_amount
    end as line_total_amount,
    coalesce(money.item_discount_amount, 0) as discount_amount,
    coalesce(money.shipping_amount, 0) - coalesce(money.shipping_discount_amount, 0) as shipping_amount,
    coalesce(money.tax_amount, 0) as tax_amount,
    coalesce(lines.currency, orders.currency) as currency,
    lines.shown_price_amount
from orders
cross join lateral {{ shred_once('orders.items', '$[*]', 'order_line_id', {
    'order_line_id': 'text $.orderItemId',
    'seller_sku': 'text $.product.sellerSku',
    'asin': 'text $.product.asin',
    'title': 'text $.product.title',
    'quantity': 'integer $.quantityOrdered',
    'shown_price_amount': 'numeric $.product.price.unitPrice.amount',
    'currency': 'text $.product.price.unitPrice.currencyCode',
    'breakdowns': 'jsonb $.proceeds.breakdowns',
}) }} as lines
left join lateral (
    -- A discount is counted positive here whichever sign Amazon gives it, and goes to what it was given on: to the
    -- goods unless its details speak of shipping.
    select
        sum(parts.amount) filter (where parts.type = 'ITEM') as item_amount,
        sum(parts.amount) filter (where parts.type = 'SHIPPING') as shipping_amount,
        sum(parts.amount) filter (where parts.type = 'TAX') as tax_amount,
        sum(abs(parts.amount) - coalesce(parts.on_shipping_amount, 0))
            filter (where parts.type = 'DISCOUNT') as item_discount_amount,
        sum(parts.on_shipping_amount) filter (where parts.type = 'DISCOUNT') as shipping_discount_amount
    from (
        select
            proceeds.type,
            proceeds.amount,
            (
                select sum(abs(details.amount))
                from {{ shred('proceeds.details', '$[*]', {
                    'subtype': 'text $.subtype',
                    'amount': 'numeric $.value.amount',
                }) }} as details
                where details.subtype = 'SHIPPING'
            ) as on_shipping_amount
        from {{ shred('lines.breakdowns', '$[*]', {
            'type': 'text $.type',
            'amount': 'numeric $.subtotal.amount',
            'details': 'jsonb $.detailedBreakdowns',
        }) }} as proceeds
    ) as parts
) as money on true
where lines.order_line_id is not null
