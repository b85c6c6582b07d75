{{ config(
    meta={'publish': {
        'schema': 'mart', 'key': ['session_id'], 'history': 'replace', 'touched': 'int_touched__sessions'
    }},
    materialized='incremental',
    indexes=[{'columns': ['customer_key']}],
    pre_hook="{{ forget_touched('sessions') }}",
) }}

with sessions as (
    select
        session_id,
        customer_key,
        store_id,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at,
        min(business_date) as business_date,
        count(*)::int as events,
        (count(distinct product_id) filter (where metric_name = 'Viewed Product'))::int as products_viewed,
        (count(*) filter (where metric_name = 'Viewed Product'))::int as views,
        (count(*) filter (where metric_name = 'Added to Cart'))::int as carts_added,
        (count(distinct coalesce(checkout_id, told_event_id)) filter (
            where metric_name = 'Started Checkout'
        ))::int as checkouts_started
    from {{ of_touched(ref('int_events__sessioned'), 'sessions') }} as events
    group by session_id, customer_key, store_id
),

-- The person's first order since the session began. One order may follow several sessions and counts for each.
conversions as (
    select distinct on (sessions.session_id)
        sessions.session_id,
        orders.order_id
    from sessions
    inner join {{ ref('int_orders__dated') }} as orders
        on sessions.customer_key = orders.customer_key
        and sessions.store_id = orders.store_id
        and orders.ordered_at >= sessions.started_at
        and orders.ordered_at <= sessions.ended_at + interval '{{ browsing_policy('conversion_hours') }} hours'
    where not orders.is_test and not orders.is_voided
    order by sessions.session_id, orders.ordered_at, orders.order_id
)

select
    sessions.session_id,
    sessions.customer_key,
    sessions.store_id,
    sessions.started_at,
    sessions.ended_at,
    sessions.business_date,
    sessions.events,
    sessions.products_viewed,
    sessions.views,
    sessions.carts_added,
    sessions.checkouts_started,
    conversions.order_id is not null as is_converted,
    conversions.order_id
from sessions
left join conversions on sessions.session_id = conversions.session_id
