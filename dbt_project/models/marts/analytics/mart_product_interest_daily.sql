{{ config(meta={'publish': {'schema': 'mart', 'key': ['store_id', 'product_id', 'business_date'], 'history': 'replace'}}) }}

with looked as (
    select
        store_id,
        product_id,
        business_date,
        count(distinct customer_key) filter (where metric_name = 'Viewed Product') as viewers,
        count(*) filter (where metric_name = 'Viewed Product') as views,
        count(distinct customer_key) filter (where metric_name = 'Added to Cart') as adders,
        count(distinct customer_key) filter (where metric_name = 'Started Checkout') as checkout_starters
    from {{ ref('int_events__sessioned') }}
    where product_id is not null
    group by store_id, product_id, business_date
),

bought as (
    select
        store_id,
        product_id,
        business_date,
        count(distinct customer_key) as buyers,
        sum(quantity) as units
    from {{ ref('int_products__bought') }}
    group by store_id, product_id, business_date
),

-- What share of looks ends in a purchase in the whole store: the measure for a single product. It is taken over the
-- products looked at in the four weeks up to the as-of day, and holds for all days shown.
stores as (
    select
        store_id,
        sum(viewers_who_bought_28d)::numeric / nullif(sum(viewers_28d), 0) as store_rate
    from {{ ref('int_products__viewed') }}
    where business_date = {{ as_of_day() }}
    group by store_id
)

select
    viewed.store_id,
    viewed.product_id,
    viewed.business_date,
    coalesce(looked.viewers, 0)::int as viewers,
    coalesce(looked.views, 0)::int as views,
    coalesce(looked.adders, 0)::int as adders,
    coalesce(looked.checkout_starters, 0)::int as checkout_starters,
    coalesce(bought.buyers, 0)::int as buyers,
    coalesce(bought.units, 0)::int as units,
    viewed.viewers_28d,
    viewed.viewers_who_bought_28d,
    {{ ratio('viewed.viewers_who_bought_28d', 'viewed.viewers_28d') }} as view_to_order_rate,
    viewed.viewers_28d >= {{ browsing_policy('fewest_viewers') }}
    and coalesce(
        viewed.viewers_who_bought_28d::numeric / nullif(viewed.viewers_28d, 0)
        <= stores.store_rate * {{ browsing_policy('share_of_store_rate') }}, false
    ) as is_viewed_not_bought
from {{ ref('int_products__viewed') }} as viewed
left join stores on viewed.store_id = stores.store_id
left join looked
    on viewed.store_id = looked.store_id
    and viewed.product_id = looked.product_id
    and viewed.business_date = looked.business_date
left join bought
    on viewed.store_id = bought.store_id
    and viewed.product_id = bought.product_id
    and viewed.business_date = bought.business_date
