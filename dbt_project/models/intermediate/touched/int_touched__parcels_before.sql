-- When the parcels that are judged anew had left and were promised for, as the last build knew it.
{% if builds_anew() %}
select cast(null as date) as business_date, cast(null as date) as promised_date where false
{% else %}
select judged.business_date, judged.promised_date
from {{ as_it_was('int_shipments__judged', 'order_id text, business_date date, promised_date date') }} as judged
inner join {{ ref('int_touched__shipments') }} as touched on touched.order_id = judged.order_id
{% endif %}
