-- When every paid and unshipped order should leave: on the day it was paid if before the location's cut-off, else the
-- next one, moved to an open day, plus the location's handling days; by the hour the carrier picks up. Orders of a
-- marketplace leave when it says.
with orders as (
    select
        orders.order_id,
        orders.order_name,
        orders.paid_at,
        orders.promised_date,
        locations.location_code,
        coalesce(locations.country, {{ company('country') }}) as origin_country,
        stores.iana_timezone
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('int_stores__known') }} as stores on orders.store_id = stores.store_id
    left join {{ ref('dim_location') }} as locations on orders.preferred_location_id = locations.location_id
    where orders.is_sale
        and orders.paid_at is not null
        and not orders.is_cancelled
        and not orders.is_fully_shipped
        -- What the marketplace fulfils is not ours to send.
        and orders.fulfilled_by is distinct from 'marketplace'
        and coalesce(orders.financial_status, '') <> 'REFUNDED'
),

cut as (
    select distinct on (orders.order_id)
        orders.*,
        cutoffs.pickup_time,
        cutoffs.handling_business_days,
        {{ local_date('orders.paid_at', 'orders.iana_timezone') }}
        + case when (orders.paid_at at time zone orders.iana_timezone)::time >= cutoffs.cutoff_time then 1 else 0 end
            as handling_date
    from orders
    inner join {{ ref('location_cutoffs') }} as cutoffs
        on cutoffs.location_code in (orders.location_code, '*')
        and {{ local_date('orders.paid_at', 'orders.iana_timezone') }} >= cutoffs.valid_from
        and (cutoffs.valid_to is null or {{ local_date('orders.paid_at', 'orders.iana_timezone') }} < cutoffs.valid_to)
    order by orders.order_id, (cutoffs.location_code = '*'), cutoffs.valid_from desc
)

select
    cut.order_id,
    cut.order_name,
    cut.paid_at,
    cut.promised_date,
    cut.location_code,
    coalesce(
        marketplace.ship_by_at, (ship_days.date_day + cut.pickup_time) at time zone cut.iana_timezone
    ) as ship_by_at
from cut
left join {{ ref('stg_amazon__orders') }} as marketplace on cut.order_id = marketplace.order_id
inner join {{ ref('int_business_days__numbered') }} as handling
    on cut.origin_country = handling.country
    and cut.handling_date = handling.date_day
inner join {{ ref('int_business_days__numbered') }} as ship_days
    on ship_days.is_open
    and ship_days.country = handling.country
    and ship_days.start_number = handling.start_number + cut.handling_business_days
