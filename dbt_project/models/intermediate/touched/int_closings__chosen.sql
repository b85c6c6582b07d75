{{ config(materialized='view') }}

-- Which load closes each business day of the streams that count stock.
{% for vendor, stream in [('odoo', 'stock_quants'), ('shopify', 'inventory_levels'), ('amazon', 'inventory')] %}
-- from {{ source(vendor, stream) }}
select '{{ vendor }}.{{ stream }}' as stream, account, business_date, load_id
from ({{ closing_loads(vendor, stream) }}) as {{ vendor }}_loads
{% if not loop.last %}union all{% endif %}
{% endfor %}
