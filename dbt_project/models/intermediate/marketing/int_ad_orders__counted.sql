{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('days') }}",
) }}

-- What a store's own orders of a day brought, in its currency and in the company's: by the platform that paid for their last
-- visit and, as 'blended', all together.
with orders as (
    select
        orders.store_id,
        orders.business_date,
        platforms.platform,
        orders.gross_sales_amount - orders.discounts_amount as revenue_amount,
        orders.gross_sales_reporting_amount - orders.discounts_reporting_amount as revenue_reporting_amount,
        orders.net_sales_amount,
        orders.net_sales_reporting_amount,
        coalesce(orders.is_new_customer, false) as is_new_customer,
        lower(orders.utm_medium) in (
            'cpc', 'ppc', 'paid', 'paid_search', 'paid_social', 'paid-social', 'paidsocial', 'display', 'affiliate'
        ) as is_paid_visit
    from {{ of_touched(ref('fct_orders'), 'days') }} as orders
    inner join {{ of_touched(ref('int_orders__dated'), 'days') }} as dated
        on dated.order_id = orders.order_id and dated.is_own_shop
    left join {{ ref('ad_platforms') }} as platforms
        on platforms.utm_source = lower(orders.utm_source)
        and platforms.utm_medium = lower(orders.utm_medium)
    where orders.is_sale
)

select
    store_id,
    platform as channel,
    business_date,
    count(*) as orders,
    {{ whole_sum('revenue_amount') }} as revenue_amount,
    {{ whole_sum('revenue_reporting_amount') }} as revenue_reporting_amount,
    {{ whole_sum('net_sales_amount') }} as net_sales_amount,
    {{ whole_sum('net_sales_reporting_amount') }} as net_sales_reporting_amount,
    count(*) filter (where is_new_customer) as new_customer_orders,
    cast(null as bigint) as paid_visit_orders,
    cast(null as bigint) as covered_orders
from orders
where platform is not null
group by store_id, platform, business_date
union all
select
    store_id,
    'blended' as channel,
    business_date,
    count(*) as orders,
    {{ whole_sum('revenue_amount') }} as revenue_amount,
    {{ whole_sum('revenue_reporting_amount') }} as revenue_reporting_amount,
    {{ whole_sum('net_sales_amount') }} as net_sales_amount,
    {{ whole_sum('net_sales_reporting_amount') }} as net_sales_reporting_amount,
    count(*) filter (where is_new_customer) as new_customer_orders,
    count(*) filter (where is_paid_visit) as paid_visit_orders,
    count(*) filter (where is_paid_visit and platform is not null) as covered_orders
from orders
group by store_id, business_date
