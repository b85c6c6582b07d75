-- Days of stock that are closed by another load than in the last build, or that are closed now.
{{ unlike_used(
    ref('int_closings__chosen'), 'int_closings__used', 'stream text, account text, business_date date', 'load_id bigint'
) }}
