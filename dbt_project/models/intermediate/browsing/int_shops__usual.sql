-- The shop where most of what we can place happened.
select shops.store_id
from {{ ref('int_stores__known') }} as shops
left join {{ ref('int_visitors__counted') }} as visitors on shops.store_id = visitors.known_store_id
where shops.source = 'shopify'
group by shops.store_id
order by coalesce(sum(visitors.events), 0) desc, shops.store_id
limit 1
