{{ config(meta={'publish': {'schema': 'mart', 'key': ['supplier_id', 'month'], 'history': 'replace'}}) }}

-- Cohorts are built on the promised date: the month in which the goods were due.
with lines as (
    select
        *,
        date_trunc('month', promised_date)::date as month,
        promised_date <= {{ as_of_day() }} as is_due,
        fully_received_at is not null and days_late <= 0 as is_on_time_in_full
    from {{ ref('fct_purchase_orders') }}
    where state = 'purchase' and promised_date is not null and supplier_id is not null
),

months as (
    select
        supplier_id,
        month,
        count(*) as lines_ordered,
        count(*) filter (where is_due) as lines_due,
        count(*) filter (where is_due and is_on_time_in_full) as lines_on_time_in_full,
        {{ percentile_if_enough('lead_time_days', 0.5, restock_policy('fewest_receipts')) }} as lead_time_days_p50,
        {{ percentile_if_enough('lead_time_days', 0.95, restock_policy('fewest_receipts_for_p95')) }} as lead_time_days_p95,
        sum(ordered_quantity) as units_ordered,
        sum(received_quantity) as units_received,
        {{ ratio('sum(least(received_quantity, ordered_quantity)) filter (where is_due)', 'sum(ordered_quantity) filter (where is_due)') }} as fill_rate,
        count(*) filter (where is_overdue) as overdue_lines
    from lines
    group by supplier_id, month
)

select
    months.supplier_id,
    months.month,
    suppliers.supplier_name,
    months.lines_ordered,
    months.lines_due,
    months.lines_on_time_in_full,
    {{ ratio('months.lines_on_time_in_full', 'months.lines_due') }} as otif_rate,
    months.lead_time_days_p50,
    months.lead_time_days_p95,
    months.units_ordered,
    months.units_received,
    months.fill_rate,
    months.overdue_lines
from months
left join {{ ref('stg_odoo__suppliers') }} as suppliers on months.supplier_id = suppliers.supplier_id
