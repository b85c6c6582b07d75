-- viewed_not_bought: looked at a product twice or more within fourteen days, or put it in the cart and never began to
-- check out, and has bought nothing since, nor that product since the first look. Of several products the dearest counts.
with looks as (
    select
        coalesce(aliases.customer_key, events.customer_key) as customer_key,
        events.product_id,
        events.sku,
        events.metric_name,
        events.occurred_at,
        events.value_amount,
        events.currency
    from {{ ref('stg_klaviyo__events') }} as events
    left join {{ source('ops', 'customer_alias') }} as aliases on events.customer_key = aliases.alias_key
    where events.occurred_at >= {{ as_of_end() }} - interval '14 days'
        and events.occurred_at < {{ as_of_end() }}
        and events.product_id is not null
),

interests as (
    select
        customer_key,
        product_id,
        count(*) filter (where metric_name = 'Viewed Product') as views,
        max(occurred_at) filter (where metric_name = 'Added to Cart') as added_at,
        max(occurred_at) filter (where metric_name = 'Started Checkout') as checkout_at,
        min(occurred_at) as first_look_at,
        max(occurred_at) as last_look_at,
        max(value_amount) as value_amount,
        min(currency) as currency,
        bool_or(sold_out.sku is null) as is_in_stock
    from looks
    left join {{ ref('int_skus__sold_out') }} as sold_out on looks.sku = sold_out.sku
    where customer_key is not null
    group by customer_key, product_id
),

-- Of the same days; with both their ends, or the planner takes a third of all orders to be of them and reads everything.
bought as (
    select distinct
        orders.customer_key,
        variants.product_id,
        orders.ordered_at
    from {{ ref('int_orders__dated') }} as orders
    inner join {{ ref('int_order_lines__priced') }} as lines on orders.order_id = lines.order_id
    inner join {{ ref('stg_shopify__variants') }} as variants on lines.variant_id = variants.variant_id
    where orders.customer_key is not null
        and not orders.is_test
        and orders.ordered_at between {{ as_of_end() }} - interval '14 days' and 'infinity'
),

wanted as (
    select distinct on (interests.customer_key)
        interests.*,
        interests.added_at is not null and coalesce(interests.checkout_at < interests.added_at, true) as is_in_cart
    from interests
    where interests.is_in_stock
        and (
            interests.views >= 2
            or (interests.added_at is not null and coalesce(interests.checkout_at < interests.added_at, true))
        )
        and not exists (
            select 1 from bought
            where bought.customer_key = interests.customer_key
                and bought.product_id = interests.product_id
                and bought.ordered_at >= interests.first_look_at
        )
    order by interests.customer_key, interests.value_amount desc nulls last, interests.last_look_at desc, interests.product_id
)

select
    people.customer_key,
    case when wanted.is_in_cart then 'Put ' else 'Looked at ' end
    || coalesce(products.title, 'a product')
    || case
        when wanted.is_in_cart then ' in the cart on ' || {{ spoken_date(local_date('wanted.added_at', company('timezone'))) }}
        else ' ' || wanted.views || ' times, last on ' || {{ spoken_date(local_date('wanted.last_look_at', company('timezone'))) }}
    end
    || ' and did not buy' as reason,
    wanted.value_amount,
    wanted.currency,
    people.last_order_at
from {{ ref('int_people__approachable') }} as people
inner join wanted on people.customer_key = wanted.customer_key
left join {{ ref('dim_product') }} as products on wanted.product_id = products.product_id
left join {{ ref('int_people__left_carts') }} as carts on people.customer_key = carts.customer_key
where carts.customer_key is null
    and (people.last_order_at is null or people.last_order_at < wanted.last_look_at)
