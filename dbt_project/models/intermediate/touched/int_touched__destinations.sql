-- Destinations that are served from another place than when the last build looked, or that nobody had sent to before.
{% if builds_anew() %}
select store_id, country, province from {{ ref('int_destinations__served') }} where false
{% else %}
select
    coalesce(served.store_id, used.store_id) as store_id,
    coalesce(served.country, used.country) as country,
    coalesce(served.province, used.province) as province
from {{ ref('int_destinations__served') }} as served
full outer join {{ as_it_was('int_destinations__used', 'store_id text, country text, province text, location_id text') }} as used
    on used.store_id = served.store_id and used.country = served.country and used.province = served.province
where used.location_id is distinct from served.location_id
{% endif %}
