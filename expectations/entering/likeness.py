"""A load resembles the loads before it: in size, in what is new, in every field (see include.profile)."""

import great_expectations.expectations as gxe

from expectations.check import Check

CHECKS = (
    Check(
        "likeness",
        """
select b.load_id, (surprise ->> 'by')::float as surprise, surprise ->> 'told' as told
from ops.build_load b
join ops.load_profile p using (load_id)
cross join lateral jsonb_array_elements(p.surprises) as surprise
where b.build_id = {build_id} and b.is_new
""",
        "load_id",
        (gxe.ExpectColumnValuesToBeBetween(column="surprise", max_value=1),),
        tells="told",
    ),
)
