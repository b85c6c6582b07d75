-- Its own, unless an ad account of it bills in another: then the company's, on every row. Both at once would be a mix.
select
    efficiency.store_id,
    count(distinct efficiency.currency) as currencies,
    min(efficiency.currency) as currency,
    min(stores.currency) as store_currency
from {{ ref('mart_marketing_efficiency_daily') }} as efficiency
inner join {{ ref('dim_store') }} as stores on stores.store_id = efficiency.store_id
group by efficiency.store_id
having count(distinct efficiency.currency) > 1
    or min(efficiency.currency) not in (min(stores.currency), min(efficiency.reporting_currency))
