{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}, {'columns': ['business_date']}],
    pre_hook="{{ forget_touched('interest_days') }}",
) }}

-- Of every product and day: how many people looked at it in the four weeks up to that day, and how many of those
-- bought it after they first looked. When somebody bought goes along with their views: joined to every day afterwards, each
-- day of a product would meet every purchase of it.
with purchases as (
    select
        store_id,
        product_id,
        customer_key,
        array_agg(distinct business_date) as bought_dates
    from {{ of_interest(ref('int_products__bought')) }} as bought
    where customer_key is not null
    group by store_id, product_id, customer_key
),

views as (
    select distinct
        store_id,
        product_id,
        customer_key,
        business_date
    from {{ of_interest(ref('int_events__sessioned')) }} as events
    where metric_name = 'Viewed Product' and product_id is not null
),

viewers as (
    select
        views.*,
        purchases.bought_dates
    from views
    left join purchases
        on views.store_id = purchases.store_id
        and views.product_id = purchases.product_id
        and views.customer_key = purchases.customer_key
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
        viewers.customer_key,
        min(viewers.business_date) as first_viewed_date,
        min(viewers.bought_dates) as bought_dates
    from days
    inner join viewers
        on days.store_id = viewers.store_id
        and days.product_id = viewers.product_id
        and viewers.business_date <= days.business_date
        and viewers.business_date > days.business_date - {{ browsing_policy('interest_days') }}
    group by days.store_id, days.product_id, days.business_date, viewers.customer_key
),

judged as (
    select
        store_id,
        product_id,
        business_date,
        exists (
            select 1 from unnest(bought_dates) as bought_date
            where bought_date >= first_viewed_date and bought_date <= business_date
        ) as has_bought
    from looked
)

select
    days.store_id,
    days.product_id,
    days.business_date,
    count(judged.has_bought)::int as viewers_28d,
    (count(*) filter (where judged.has_bought))::int as viewers_who_bought_28d
from days
left join judged
    on days.store_id = judged.store_id
    and days.product_id = judged.product_id
    and days.business_date = judged.business_date
group by days.store_id, days.product_id, days.business_date
