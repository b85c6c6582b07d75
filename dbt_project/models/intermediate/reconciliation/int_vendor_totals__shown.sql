{{ config(
    materialized='incremental',
    indexes=[{'columns': ['store_id', 'business_date']}],
    pre_hook="{{ forget_touched('days') }}",
) }}

-- The figure a vendor's own page shows for a store's day: what its orders add to it.
select
    store_id,
    business_date,
    coalesce(sum(amount), 0) as shown_amount
from {{ of_touched(ref('int_vendor_entries__shown'), 'days') }} as entries
group by store_id, business_date
