{{ config(indexes=[{'columns': ['store_id', 'business_date'], 'unique': true}]) }}

-- Days of a store whose sums must be made anew: all on which a touched order counted or counts, and the newest, which may
-- be over now or have other exchange rates.
select distinct store_id, business_date
from (
    select store_id, business_date from {{ ref('int_touched__order_days') }}
    union all
    select orders.store_id, orders.business_date
    from {{ ref('int_orders__dated') }} as orders
    inner join {{ ref('int_touched__order_facts') }} as touched on touched.order_id = orders.order_id
    union all
    select lines.store_id, lines.refund_date
    from {{ ref('int_refund_lines__booked') }} as lines
    inner join {{ ref('int_touched__orders') }} as touched on touched.order_id = lines.order_id
    union all
    select parcels.store_id, parcels.business_date
    from {{ ref('int_parcels__costed') }} as parcels
    inner join {{ ref('int_touched__orders') }} as touched on touched.order_id = parcels.order_id
    union all
    select entries.store_id, entries.business_date
    from {{ ref('int_vendor_entries__shown') }} as entries
    inner join {{ ref('int_touched__orders') }} as touched on touched.order_id = entries.order_id
    union all
    select stores.store_id, days.date_day
    from {{ ref('int_stores__known') }} as stores
    cross join {{ days_between("(" ~ published_day() ~ ") - 1", as_of_day() ~ " + 1") }} as days
    union all
    select stores.store_id, inputs.key::date
    from {{ ref('int_stores__known') }} as stores
    inner join {{ ref('int_touched__inputs') }} as inputs on inputs.kind = 'rates'
) as days
where store_id is not null
