-- What share of looks ends in a purchase in the whole store: the measure for a single product. It is taken over the
-- products looked at in the four weeks up to the as-of day, and holds for all days shown.
select
    store_id,
    sum(viewers_who_bought_28d)::numeric / nullif(sum(viewers_28d), 0) as store_rate
from {{ ref('int_products__viewed') }}
where business_date = {{ as_of_day() }}
group by store_id
