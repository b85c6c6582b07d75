-- Events of known people with the store they happened in, told from the variant that was looked at.
with events as (
    select
        events.*,
        coalesce(aliases.customer_key, events.customer_key) as person_key
    from {{ ref('stg_klaviyo__events') }} as events
    left join {{ source('ops', 'customer_alias') }} as aliases on events.customer_key = aliases.alias_key
    where events.customer_key is not null and events.occurred_at < {{ as_of_end() }}
),

variants as (
    select variant_id, store_id, product_id, sku from {{ ref('stg_shopify__variants') }}
),

-- Two stores may sell under one SKU: then it tells neither.
skus as (
    select
        sku,
        min(store_id) as store_id,
        min(product_id) as product_id
    from variants
    where sku is not null
    group by sku
    having count(distinct store_id) = 1 and count(distinct product_id) = 1
),

recognised as (
    select
        events.*,
        coalesce(variants.store_id, products.store_id, skus.store_id) as known_store_id,
        coalesce(variants.product_id, skus.product_id, events.product_id) as known_product_id
    from events
    left join variants on events.variant_id = variants.variant_id
    left join {{ ref('stg_shopify__products') }} as products on events.product_id = products.product_id
    left join skus on events.sku = skus.sku
),

-- What belongs to no store we know (a variant deleted long ago) happened in the shop where most of the rest did.
shops as (
    select store_id from {{ ref('stg_shopify__shops') }}
    union
    select store_id from variants
),

usual as (
    select shops.store_id
    from shops
    left join recognised on shops.store_id = recognised.known_store_id
    group by shops.store_id
    order by count(recognised.event_id) desc, shops.store_id
    limit 1
)

select
    recognised.event_id,
    recognised.told_event_id,
    recognised.person_key as customer_key,
    stores.store_id,
    recognised.variant_id,
    recognised.known_product_id as product_id,
    recognised.checkout_id,
    recognised.metric_name,
    recognised.quantity,
    {{ local_date('recognised.occurred_at', 'stores.iana_timezone') }} as business_date,
    recognised.occurred_at
from recognised
cross join usual
inner join {{ ref('int_stores__known') }} as stores
    on coalesce(recognised.known_store_id, usual.store_id) = stores.store_id
