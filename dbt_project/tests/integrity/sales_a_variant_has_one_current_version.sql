-- Versions of a variant touch and do not overlap, and exactly one holds now.
with versions as (
    select
        variant_id,
        is_current,
        valid_from,
        valid_to,
        lead(valid_from) over (partition by variant_id order by valid_from) as next_from
    from {{ ref('dim_variant') }}
)

select variant_id
from versions
group by variant_id
having count(*) filter (where is_current) <> 1
    or bool_or(valid_to is distinct from next_from)
    or bool_or(valid_to <= valid_from)
