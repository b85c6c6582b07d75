{{ config(
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}, {'columns': ['told_event_id']}],
    pre_hook="{{ forget_touched('recognised') }}",
) }}

-- Events of known people with the store and the product they tell of: by the variant, else the product, else the SKU.
select
    events.event_id,
    events.told_event_id,
    events.person_key as customer_key,
    coalesce(variants.store_id, products.store_id, skus.store_id) as known_store_id,
    events.variant_id,
    coalesce(variants.product_id, skus.product_id, events.product_id) as product_id,
    events.checkout_id,
    events.metric_name,
    events.quantity,
    events.occurred_at
from {{ told_of_touched(ref('stg_klaviyo__events'), 'recognised') }} as events
left join {{ ref('stg_shopify__variants') }} as variants on events.variant_id = variants.variant_id
left join {{ ref('stg_shopify__products') }} as products on events.product_id = products.product_id
left join {{ ref('int_skus__placed') }} as skus on events.sku = skus.sku
where events.customer_key is not null and events.occurred_at < {{ as_of_end() }}
