-- Two people with the same recency, frequency or money share the score.
select 'recency' as score, recency_days::numeric as value
from {{ ref('mart_customer_rfm') }}
group by recency_days
having count(distinct r_score) > 1
union all
select 'frequency' as score, frequency::numeric as value
from {{ ref('mart_customer_rfm') }}
group by frequency
having count(distinct f_score) > 1
union all
select 'money' as score, monetary_amount as value
from {{ ref('mart_customer_rfm') }}
group by monetary_amount
having count(distinct m_score) > 1
