-- Days of stock that are closed by another load than in the last build, or that are closed now.
{% if builds_anew() %}
select stream, account, business_date from {{ ref('int_closings__chosen') }} where false
{% else %}
select
    coalesce(used.stream, chosen.stream) as stream,
    coalesce(used.account, chosen.account) as account,
    coalesce(used.business_date, chosen.business_date) as business_date
from {{ ref('int_closings__chosen') }} as chosen
full outer join {{ as_it_was('int_closings__used', 'stream text, account text, business_date date, load_id bigint') }} as used
    on used.stream = chosen.stream and used.account = chosen.account and used.business_date = chosen.business_date
where used.load_id is distinct from chosen.load_id
{% endif %}
