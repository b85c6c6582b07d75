-- There is no exchange rate here: an account in another currency must not be held against the store's sales.
select accounts.account_id, accounts.currency, stores.currency as store_currency
from {{ ref('int_ad_accounts__assigned') }} as accounts
inner join {{ ref('dim_store') }} as stores on stores.store_id = accounts.store_id
where accounts.currency <> stores.currency
