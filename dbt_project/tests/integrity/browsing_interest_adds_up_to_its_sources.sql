-- No look and no sold unit of a product is lost on the way to the mart.
with told as (
    select
        (select count(*) from {{ of_touched(ref('int_events__sessioned'), 'interest_days') }} as sessioned
            where metric_name = 'Viewed Product' and product_id is not null) as views,
        (select coalesce(sum(quantity), 0) from {{ of_touched(ref('int_products__bought'), 'interest_days') }} as bought) as units
),

counted as (
    select
        coalesce(sum(views), 0) as views,
        coalesce(sum(units), 0) as units
    from {{ of_touched(ref('mart_product_interest_daily'), 'interest_days') }} as interest
)

select *
from told
cross join counted
where told.views <> counted.views or told.units <> counted.units
