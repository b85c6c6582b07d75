-- How long each supplier really took, from approval to the last unit, over a year of complete lines. What we plan with
-- is the supplier's promise, or its measured median where that is longer.
select
    supplier_id,
    count(lead_time_days) as lines_received,
    ceil({{ percentile_if_enough('lead_time_days', 0.5, restock_policy('fewest_receipts')) }})::int as lead_time_days_p50,
    ceil({{ percentile_if_enough('lead_time_days', 0.95, restock_policy('fewest_receipts_for_p95')) }})::int as lead_time_days_p95
from {{ ref('fct_purchase_orders') }}
where state = 'purchase'
    and supplier_id is not null
    and approved_at >= {{ as_of_end() }} - interval '365 days'
group by supplier_id
