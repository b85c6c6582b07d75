-- Every order that still counts for our standing, by the marketplace's own rules, as known at the end of the as-of day: defects
-- count once per order, shipping is judged only where we ship, and a day is one of the marketplace's zone. What is not due is null.
with orders as (
    select
        orders.*,
        {{ local_date('orders.ordered_at', 'stores.iana_timezone') }} as order_date,
        case when orders.cancelled_at < {{ as_of_end() }} then orders.cancelled_at end as known_cancelled_at,
        case when orders.shipped_at < {{ as_of_end() }} then orders.shipped_at end as known_shipped_at
    from {{ ref('stg_amazon__orders') }} as orders
    inner join {{ ref('dim_store') }} as stores on stores.store_id = orders.store_id
    where {{ may_count_for_standing('orders.ordered_at') }}
),

negative_feedback as (
    select distinct order_id from {{ ref('stg_amazon__feedback') }}
    where rating <= 2 and feedback_date <= {{ as_of_day() }} and order_id in (select order_id from orders)
),

-- A claim that was denied is no transaction. One that was granted may be worth nothing (the money is in a refund); it
-- stands unless a later posting gave back what it took.
disputes as (
    select
        order_id,
        transaction_type,
        sum(total_amount) >= 0 and bool_or(total_amount > 0) as is_given_back
    from {{ ref('stg_amazon__transactions') }}
    where transaction_type in ('GuaranteeClaim', 'Chargeback') and posted_at < {{ as_of_end() }}
        and order_id in (select order_id from orders)
    group by order_id, transaction_type
),

disputed as (
    select
        order_id,
        bool_or(transaction_type = 'GuaranteeClaim') as has_claim,
        bool_or(transaction_type = 'Chargeback') as has_chargeback
    from disputes
    where not is_given_back
    group by order_id
),

scanned as (
    select
        packages.package_id,
        packages.order_id,
        packages.shipped_at,
        packages.tracking_code,
        min(scans.picked_up_at) as picked_up_at,
        min(scans.delivered_at) as delivered_at
    from {{ ref('stg_amazon__packages') }} as packages
    left join {{ ref('int_parcels__matched') }} as parcels
        on parcels.order_id = packages.order_id and parcels.tracking_code = packages.tracking_code
    left join {{ ref('int_trackers__scanned') }} as scans on scans.tracker_id = parcels.tracker_id
    where packages.shipped_at < {{ as_of_end() }} and packages.order_id in (select order_id from orders)
    group by packages.package_id, packages.order_id, packages.shipped_at, packages.tracking_code
),

-- A carrier has a day to scan what it was given: fresh packages are not judged by their tracking yet.
shipped as (
    select
        order_id,
        count(*) filter (where shipped_at < {{ as_of_end() }} - interval '24 hours') as packages,
        count(*) filter (
            where shipped_at < {{ as_of_end() }} - interval '24 hours'
                and tracking_code is not null
                and picked_up_at is not null
        ) as valid_packages,
        case when count(*) = count(delivered_at) then max(delivered_at) end as delivered_at
    from scanned
    group by order_id
),

joined as (
    select
        orders.*,
        coalesce(orders.fulfilled_by = 'MERCHANT', false) as is_ours_to_ship,
        orders.known_cancelled_at is not null
            and (orders.known_shipped_at is null or orders.known_shipped_at >= orders.known_cancelled_at)
            as is_cancelled_unshipped,
        negative_feedback.order_id is not null as has_negative_feedback,
        coalesce(disputed.has_claim, false) as has_claim,
        coalesce(disputed.has_chargeback, false) as has_chargeback,
        -- Shipped, says the marketplace, and knows no package: a letter without a number, untracked and of unknown hour.
        shipped.order_id is null and coalesce(orders.fulfillment_status = 'SHIPPED', false) as is_shipped_untold,
        coalesce(shipped.packages, 0) as told_packages,
        coalesce(shipped.valid_packages, 0) as valid_packages,
        shipped.delivered_at
    from orders
    left join negative_feedback on negative_feedback.order_id = orders.order_id
    left join disputed on disputed.order_id = orders.order_id
    left join shipped on shipped.order_id = orders.order_id
)

select
    order_id,
    store_id,
    order_date,
    is_ours_to_ship,
    has_negative_feedback,
    has_claim,
    has_chargeback,
    has_negative_feedback or has_claim or has_chargeback as is_defective,
    case when is_ours_to_ship then is_cancelled_unshipped and coalesce(cancelled_by, '') = 'SELLER' end
        as is_seller_cancelled,
    case
        when is_ours_to_ship and not is_cancelled_unshipped and ship_by_at < {{ as_of_end() }}
            then coalesce(known_shipped_at > ship_by_at, not is_shipped_untold)
    end as is_shipped_late,
    -- Without a delivery scan nobody can say that it came in time: that counts as late.
    case
        when is_ours_to_ship and not is_cancelled_unshipped and deliver_by_at < {{ as_of_end() }}
            then coalesce(delivered_at <= deliver_by_at, false)
    end as is_delivered_on_time,
    case
        when not is_ours_to_ship then 0
        when is_shipped_untold and updated_at < {{ as_of_end() }} - interval '24 hours' then 1
        else told_packages
    end as packages,
    case when is_ours_to_ship then valid_packages else 0 end as valid_packages
from joined
