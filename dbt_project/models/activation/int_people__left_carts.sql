-- abandoned_cart: the newest cart of each person, while something in it can still be bought.
with carts as (
    select distinct on (carts.customer_key)
        carts.customer_key,
        carts.value_amount,
        carts.currency,
        carts.units,
        carts.last_activity_at
    from {{ ref('fct_abandoned_carts') }} as carts
    where carts.state = 'abandoned'
        and carts.customer_key is not null
        and carts.last_activity_at >= {{ as_of_end() }} - interval '30 days'
        and exists (
            select from {{ ref('stg_shopify__abandoned_checkout_lines') }} as lines
            left join {{ ref('int_skus__sold_out') }} as sold_out on lines.sku = sold_out.sku
            where lines.cart_id = carts.cart_id and sold_out.sku is null
        )
    order by carts.customer_key, carts.last_activity_at desc, carts.cart_id
)

select
    people.customer_key,
    'Left a cart of ' || carts.units || case when carts.units = 1 then ' unit on ' else ' units on ' end
    || {{ spoken_date(local_date('carts.last_activity_at', company('timezone'))) }} as reason,
    carts.value_amount,
    carts.currency,
    people.last_order_at
from {{ ref('int_people__approachable') }} as people
inner join carts on people.customer_key = carts.customer_key
where people.last_order_at is null or people.last_order_at < carts.last_activity_at
