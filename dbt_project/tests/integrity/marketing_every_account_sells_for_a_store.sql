-- An account without a store would take its spend out of every comparison, silently.
select distinct days.platform, days.account_id
from {{ ref('fct_ad_performance_daily') }} as days
left join {{ ref('int_ad_accounts__assigned') }} as accounts
    on accounts.platform = days.platform and accounts.account_id = days.account_id
where accounts.store_id is null
