{{ config(meta={'publish': {'schema': 'mart', 'key': ['as_of_day'], 'history': 'append', 'by': 'as_of_day'}}) }}

-- The journal of the restock policy's back-test: one row a night, kept for ever as it was found that night.
select
    as_of_day,
    service_level,
    judged_stretches,
    covered_stretches,
    realised_coverage,
    z
from {{ ref('int_restock__coverage') }}
