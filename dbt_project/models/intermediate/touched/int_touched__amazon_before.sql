-- Of which orders the marketplace's transactions and returns that were told again had been, before they were.
-- from {{ source('amazon', 'transactions') }} and {{ source('amazon', 'returns') }}
{% if builds_anew() %}
select cast(null as text) as order_id where false
{% else %}
select transactions.order_id
from {{ as_it_was('stg_amazon__transactions', 'transaction_id text, order_id text') }} as transactions
inner join {{ touched_scopes('amazon', 'transactions') }} as touched on touched.scope = transactions.transaction_id
union
select returns.order_id
from {{ as_it_was('stg_amazon__returns', 'return_id text, order_id text') }} as returns
inner join {{ touched_scopes('amazon', 'returns') }} as touched on touched.scope = returns.return_id
{% endif %}
