-- The figure a vendor's own page shows for a store's day: what its orders add to it.
select
    store_id,
    business_date,
    coalesce(sum(amount), 0) as shown_amount
from {{ ref('int_vendor_entries__shown') }}
group by store_id, business_date
