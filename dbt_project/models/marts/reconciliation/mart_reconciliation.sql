{{ config(meta={'publish': {'schema': 'mart', 'key': ['check_name', 'subject', 'business_date'], 'history': 'replace'}}) }}

-- Every comparison of two figures that ought to be one, on every day on which there is something to compare. A day
-- without a difference has its row too: what agrees is said, not assumed.
with compared as (
    select * from {{ ref('int_own_sums__compared') }}
    union all
    select * from {{ ref('int_source_totals__compared') }}
    union all
    select * from {{ ref('int_settlements__compared') }}
    union all
    select * from {{ ref('int_claims__compared') }}
    union all
    select * from {{ ref('int_placed_orders__compared') }}
),

measured as (
    select
        compared.*,
        left_amount - right_amount as difference_amount,
        left_amount - right_amount - explained_amount as unexplained_amount
    from compared
)

select
    check_name,
    subject,
    business_date,
    severity,
    left_label,
    right_label,
    left_amount,
    right_amount,
    difference_amount,
    explained_amount,
    unexplained_amount,
    -- Two errors that cancel out are two errors.
    unexplained_amount = 0 and differing_records = 0 as is_explained,
    explanation,
    compared_records::int as compared_records,
    differing_records::int as differing_records,
    unit
from measured
