{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('interest_days') }}",
) }}

-- Of every product and day: how many people looked at it in the four weeks up to that day, and how many of those
-- bought it after they first looked.
with views as (
    select distinct
        store_id,
        product_id,
        customer_key,
        business_date
    from {{ ref('int_events__sessioned') }} as events
    where metric_name = 'Viewed Product' and product_id is not null and {{ counts_for_interest('events') }}
),

purchases as (
    select distinct
        store_id,
        product_id,
        customer_key,
        business_date
    from {{ ref('int_products__bought') }} as bought
    where customer_key is not null and {{ counts_for_interest('bought') }}
),

days as (
    select store_id, product_id, business_date from {{ of_touched(ref('int_events__sessioned'), 'interest_days') }} as events
    where product_id is not null
    union
    select store_id, product_id, business_date from {{ of_touched(ref('int_products__bought'), 'interest_days') }} as bought
    union
    -- The as-of day is judged for whatever was looked at lately, also when nobody looked that day.
    select store_id, product_id, {{ as_of_day() }} as business_date
    from views
    where business_date > {{ as_of_day() }} - {{ browsing_policy('interest_days') }}
),

looked as (
    select
        days.store_id,
        days.product_id,
        days.business_date,
        views.customer_key,
        min(views.business_date) as first_viewed_date
    from days
    inner join views
        on days.store_id = views.store_id
        and days.product_id = views.product_id
        and views.business_date <= days.business_date
        and views.business_date > days.business_date - {{ browsing_policy('interest_days') }}
    group by days.store_id, days.product_id, days.business_date, views.customer_key
),

judged as (
    select
        looked.store_id,
        looked.product_id,
        looked.business_date,
        looked.customer_key,
        count(purchases.customer_key) > 0 as has_bought
    from looked
    left join purchases
        on looked.store_id = purchases.store_id
        and looked.product_id = purchases.product_id
        and looked.customer_key = purchases.customer_key
        and purchases.business_date >= looked.first_viewed_date
        and purchases.business_date <= looked.business_date
    group by looked.store_id, looked.product_id, looked.business_date, looked.customer_key
)

select
    days.store_id,
    days.product_id,
    days.business_date,
    count(judged.customer_key)::int as viewers_28d,
    (count(*) filter (where judged.has_bought))::int as viewers_who_bought_28d
from days
left join judged
    on days.store_id = judged.store_id
    and days.product_id = judged.product_id
    and days.business_date = judged.business_date
group by days.store_id, days.product_id, days.business_date
