-- lapsed_valuable: good customers who have not ordered for more than a month, in any store and currency.
select
    people.customer_key,
    rfm.rfm_group || ': ' || rfm.frequency || case when rfm.frequency = 1 then ' order' else ' orders' end
    || ' in a year, the last ' || rfm.recency_days || ' days ago' as reason,
    rfm.monetary_amount as value_amount,
    rfm.currency,
    people.last_order_at
from {{ ref('int_people__approachable') }} as people
inner join {{ ref('mart_customer_rfm') }} as rfm on people.customer_key = rfm.customer_key
where rfm.rfm_group in ('At risk', 'Inactive')
    and rfm.m_score >= 4
    and rfm.recency_days > 30
    and {{ local_date('people.last_order_at', company('timezone')) }} <= {{ as_of_day() }} - 30
