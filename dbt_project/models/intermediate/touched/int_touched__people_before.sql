-- Whom the shop's customer records that were told again had spoken of, before they were.
-- from {{ source('shopify', 'customers') }}
{% if builds_anew() %}
select cast(null as text) as customer_key where false
{% else %}
select customers.customer_key
from {{ as_it_was('stg_shopify__customers', 'customer_id text, customer_key text') }} as customers
inner join {{ touched_scopes('shopify', 'customers') }} as touched on touched.scope = customers.customer_id
{% endif %}
