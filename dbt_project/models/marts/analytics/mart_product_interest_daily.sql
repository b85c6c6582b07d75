{{ config(
    meta={'publish': {
        'schema': 'mart', 'key': ['store_id', 'product_id', 'business_date'], 'history': 'replace',
        'touched': ['int_touched__interest_days', 'int_touched__interest_flags']
    }},
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}, {'columns': ['viewers_28d']}],
    pre_hook=["{{ forget_touched('interest_days') }}", "{{ forget_touched('interest_flags') }}"],
) }}

-- The flag follows the measure of the as-of day: days on which it changes are written anew, the others are left alone.
with viewed as (
    {%- if only_touched() %}
    select * from {{ of_touched(ref('int_products__viewed'), 'interest_days') }} as of_days
    union
    select * from {{ of_touched(ref('int_products__viewed'), 'interest_flags') }} as of_flags
    {%- else %}
    select * from {{ ref('int_products__viewed') }}
    {%- endif %}
),

days as (
    select distinct store_id, business_date from viewed
),

-- Day by day, by its index (`offset` keeps the planner from reading all that ever happened to find a few days of it).
looked as (
    select
        days.store_id,
        events.product_id,
        days.business_date,
        count(distinct events.customer_key) filter (where events.metric_name = 'Viewed Product') as viewers,
        count(*) filter (where events.metric_name = 'Viewed Product') as views,
        count(distinct events.customer_key) filter (where events.metric_name = 'Added to Cart') as adders,
        count(distinct events.customer_key) filter (where events.metric_name = 'Started Checkout') as checkout_starters
    from days
    cross join lateral (
        select sessioned.product_id, sessioned.customer_key, sessioned.metric_name
        from {{ ref('int_events__sessioned') }} as sessioned
        where sessioned.store_id = days.store_id
            and sessioned.business_date = days.business_date
            and sessioned.product_id is not null
        offset 0
    ) as events
    group by days.store_id, events.product_id, days.business_date
),

bought as (
    select
        days.store_id,
        sold.product_id,
        days.business_date,
        count(distinct sold.customer_key) as buyers,
        sum(sold.quantity) as units
    from days
    cross join lateral (
        select lines.product_id, lines.customer_key, lines.quantity
        from {{ ref('int_products__bought') }} as lines
        where lines.store_id = days.store_id and lines.business_date = days.business_date
        offset 0
    ) as sold
    group by days.store_id, sold.product_id, days.business_date
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
    {{ is_viewed_not_bought('viewed', 'stores.store_rate') }} as is_viewed_not_bought
from viewed
left join {{ ref('int_stores__converted') }} as stores on viewed.store_id = stores.store_id
left join looked
    on viewed.store_id = looked.store_id
    and viewed.product_id = looked.product_id
    and viewed.business_date = looked.business_date
left join bought
    on viewed.store_id = bought.store_id
    and viewed.product_id = bought.product_id
    and viewed.business_date = bought.business_date
