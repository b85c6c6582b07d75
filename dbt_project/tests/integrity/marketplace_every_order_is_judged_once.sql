-- Each order of the marketplace that counts stands in its standing once, and no rate has more bad cases than cases.
with judged as (
    select count(*) as orders, count(distinct order_id) as distinct_orders from {{ ref('int_marketplace_orders__judged') }}
),

placed as (
    select count(*) as orders from {{ ref('stg_amazon__orders') }}
    where {{ may_count_for_standing('ordered_at') }}
)

select 'orders' as what, judged.orders as counted, placed.orders as expected
from judged
cross join placed
where judged.orders <> placed.orders or judged.orders <> judged.distinct_orders
union all
select metric, numerator, denominator
from {{ ref('mart_marketplace_seller_health') }}
where numerator > denominator
