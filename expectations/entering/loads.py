"""What must hold of every load, whatever it brought: complete, readable, not from the future."""

import great_expectations.expectations as gxe

from expectations.check import Check

_NEW_LOADS = """
    select l.*, l.source || '.' || l.stream as stream_name
    from raw.load_log l join ops.build_load b using (load_id)
    where b.build_id = {build_id} and b.is_new
"""

# A record that changes while its list is read leaves the window that was asked for: next night brings it.
# Who was erased is still counted by the vendor, and left out by us.
_LOADS = f"""
with new_loads as ({_NEW_LOADS})
select
    n.load_id,
    n.stream_name,
    n.complete,
    n.records,
    n.records + n.erased + n.quarantined as accounted_for,
    coalesce(n.source_total - floor(0.02 * n.source_total)::int, n.records) as source_total,
    n.quarantined::float / greatest(n.records + n.quarantined, 20) as quarantined_share,
    n.window_end - n.taken_at > interval '1 day' as reaches_into_the_future
from new_loads n
"""

CHECKS = (
    Check(
        "loads",
        _LOADS,
        "load_id",
        (
            gxe.ExpectColumnValuesToBeInSet(column="complete", value_set=[True]),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="accounted_for", column_B="source_total", or_equal=True
            ),
            gxe.ExpectColumnValuesToBeBetween(column="quarantined_share", max_value=0.05),
            gxe.ExpectColumnValuesToBeInSet(column="reaches_into_the_future", value_set=[False]),
        ),
    ),
)
