-- The orders a shop took on a day against those of them that Klaviyo was told of. What it was not told of has a reason
-- when it could not know by the end of the day who placed it. Test orders are told like any other and are none of ours.
with told as (
    select
        coalesce(order_id, event_id) as order_id,
        sum(value_amount) as amount,
        min(currency) as currency,
        min(placed_at) as placed_at
    from {{ ref('stg_klaviyo__placed_orders') }}
    where placed_at < {{ as_of_end() }}
    group by coalesce(order_id, event_id)
),

profiles as (
    select
        coalesce(aliases.customer_key, profiles.customer_key) as customer_key,
        min(profiles.created_at) as created_at
    from {{ ref('stg_klaviyo__profiles') }} as profiles
    left join {{ source('ops', 'customer_alias') }} as aliases on aliases.alias_key = profiles.customer_key
    where profiles.customer_key is not null
    group by coalesce(aliases.customer_key, profiles.customer_key)
),

orders as (
    select
        valued.order_id,
        valued.store_id,
        valued.business_date,
        valued.is_test,
        valued.charged_amount + valued.gift_card_amount as amount,
        coalesce({{ local_date('profiles.created_at', 'valued.iana_timezone') }} <= valued.business_date, false) as is_known
    from {{ ref('int_orders__valued') }} as valued
    left join profiles on profiles.customer_key = valued.customer_key
    where valued.source = 'shopify'
),

-- An order told that no shop has (deleted since, or not ours) stands where most of the others do.
usual as (
    select stores.store_id, stores.iana_timezone
    from {{ ref('int_stores__known') }} as stores
    left join orders on orders.store_id = stores.store_id
    left join told on told.order_id = orders.order_id
    where stores.source = 'shopify'
    group by stores.store_id, stores.iana_timezone
    order by count(told.order_id) desc, stores.store_id
    limit 1
),

placed as (
    select
        told.order_id,
        told.amount,
        told.currency,
        coalesce(orders.store_id, usual.store_id) as store_id,
        coalesce(orders.business_date, {{ local_date('told.placed_at', 'usual.iana_timezone') }}) as business_date
    from told
    cross join usual
    left join orders on orders.order_id = told.order_id
),

-- Shops that Klaviyo is told nothing of are not connected with it: there is nothing to compare.
paired as (
    select
        coalesce(orders.store_id, placed.store_id) as store_id,
        coalesce(orders.business_date, placed.business_date) as business_date,
        orders.is_test,
        orders.order_id is not null as is_ours,
        placed.order_id is not null as is_told,
        placed.order_id is null and not orders.is_known as is_somebody_unknown,
        case when orders.is_test then 0 else coalesce(orders.amount, 0) end as own_amount,
        placed.amount as told_amount,
        placed.currency
    from (select * from orders where store_id in (select store_id from placed)) as orders
    full outer join placed on placed.order_id = orders.order_id
),

-- A value in another currency cannot be held against ours.
judged as (
    select
        paired.*,
        stores.currency as unit,
        case
            when paired.currency is null or paired.currency = stores.currency then coalesce(paired.told_amount, 0)
            else 0
        end as comparable_amount
    from paired
    inner join {{ ref('int_stores__known') }} as stores on stores.store_id = paired.store_id
),

explained as (
    select
        judged.*,
        case when is_somebody_unknown then own_amount else 0 end as unknown_amount,
        case when is_test then -comparable_amount else 0 end as test_amount
    from judged
)

select
    'klaviyo_orders_are_our_orders' as check_name,
    store_id as subject,
    business_date,
    'claim' as severity,
    'Our orders' as left_label,
    'Orders Klaviyo was told of' as right_label,
    sum(own_amount) as left_amount,
    sum(comparable_amount) as right_amount,
    sum(unknown_amount + test_amount) as explained_amount,
    count(*) filter (where is_told) || ' of ' || count(*) || ' orders told, people it does not know '
        || round(sum(unknown_amount), 2) || ', test orders ' || round(sum(test_amount), 2) as explanation,
    count(*) as compared_records,
    count(*) filter (
        where own_amount - comparable_amount <> unknown_amount + test_amount
            or not is_ours
            or (not is_told and not is_somebody_unknown and not is_test)
    ) as differing_records,
    min(unit) as unit
from explained
group by store_id, business_date
