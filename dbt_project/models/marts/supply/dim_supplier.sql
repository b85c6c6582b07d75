{{ config(meta={'publish': {'schema': 'mart', 'key': ['supplier_id'], 'history': 'replace'}}) }}

with suppliers as (
    select * from {{ ref('stg_odoo__suppliers') }}
),

supplied as (
    select
        supplier_id,
        count(*) as variants_supplied,
        {{ percentile('lead_time_days', 0.5) }} as lead_time_days,
        min(purchase_currency) as currency
    from {{ ref('int_variants__supplied') }}
    where supplier_id is not null
    group by supplier_id
)

select
    suppliers.supplier_id,
    suppliers.supplier_name,
    suppliers.country,
    coalesce(supplied.currency, {{ company('currency') }}) as currency,
    ceil(supplied.lead_time_days)::int as lead_time_days_promised,
    coalesce(supplied.variants_supplied, 0)::int as variants_supplied,
    suppliers.is_active
from suppliers
left join supplied on suppliers.supplier_id = supplied.supplier_id
