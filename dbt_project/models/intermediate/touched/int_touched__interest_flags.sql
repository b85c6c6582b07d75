-- Days of a product that are looked at much and bought little by the measure of the last build and not by today's, or the
-- other way round: the store's rate is one for all days shown.
{% if builds_anew() %}
select cast(null as text) as store_id, cast(null as text) as product_id, cast(null as date) as business_date where false
{% else %}
select kept.store_id, kept.product_id, kept.business_date
from {{ as_it_was(
    'mart_product_interest_daily',
    'store_id text, product_id text, business_date date, viewers_28d int, viewers_who_bought_28d int, is_viewed_not_bought boolean'
) }} as kept
left join {{ ref('int_stores__converted') }} as stores on stores.store_id = kept.store_id
where kept.viewers_28d >= {{ browsing_policy('fewest_viewers') }}
    and kept.is_viewed_not_bought <> {{ is_viewed_not_bought('kept', 'stores.store_rate') }}
{% endif %}
