-- Rows of the small tables that are not what the last build used: new, changed or gone.
{% if builds_anew() %}
select kind, key from {{ ref('int_inputs__hashed') }} where false
{% else %}
select
    coalesce(used.kind, given.kind) as kind,
    coalesce(used.key, given.key) as key
from {{ ref('int_inputs__hashed') }} as given
full outer join {{ as_it_was('int_inputs__used', 'kind text, key text, hash text') }} as used
    on used.kind = given.kind and used.key = given.key
where used.hash is distinct from given.hash
{% endif %}
