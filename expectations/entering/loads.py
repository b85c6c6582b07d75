"""What must hold of every load, whatever it brought: complete, as large as usual, not from the future."""

import great_expectations.expectations as gxe

from expectations.check import Check

_NEW_LOADS = """
    select l.*, l.source || '.' || l.stream as stream_name
    from raw.load_log l join ops.build_load b using (load_id)
    where b.build_id = {build_id} and b.is_new
"""

# Who was erased is still counted by the vendor, and left out by us.
#
# Loads are comparable when their windows are: a night's, not a year's, nor a day of the past, of which a log tells only what
# has not changed since. Fourteen of them make a history. Of a log that
# usually brings fewer than twenty records, none or a handful is chance; a snapshot's and a statement's size is not.
_VOLUME = f"""
with new_loads as ({_NEW_LOADS})
select
    n.load_id,
    n.stream_name,
    n.complete,
    n.records,
    n.records + n.erased as accounted_for,
    coalesce(n.source_total, n.records) as source_total,
    n.quarantined::float / greatest(n.records + n.quarantined, 1) as quarantined_share,
    n.window_end - n.taken_at > interval '1 day' as reaches_into_the_future,
    case
        when n.mode = 'nightly' and history.loads >= 14 and history.typical >= case n.kind when 'log' then 20 else 1 end
        then n.records / history.typical
    end as volume_ratio
from new_loads n
left join lateral (
    select count(*) as loads, percentile_cont(0.5) within group (order by p.records) as typical
    from (
        select records from raw.load_log p
        where (p.source, p.account, p.stream) = (n.source, n.account, n.stream)
          and p.load_id < n.load_id and p.status <> 'held' and p.mode = 'nightly'
          and p.window_end - p.window_start < 2 * (n.window_end - n.window_start)
          and n.window_end - n.window_start < 2 * (p.window_end - p.window_start)
        order by p.load_id desc limit 28
    ) p
) history on true
"""

CHECKS = (
    Check(
        "loads",
        _VOLUME,
        "load_id",
        (
            gxe.ExpectColumnValuesToBeInSet(column="complete", value_set=[True]),
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(
                column_A="accounted_for", column_B="source_total", or_equal=True
            ),
            gxe.ExpectColumnValuesToBeBetween(column="quarantined_share", max_value=0.05),
            gxe.ExpectColumnValuesToBeBetween(column="volume_ratio", min_value=0.2, max_value=5),
            gxe.ExpectColumnValuesToBeInSet(column="reaches_into_the_future", value_set=[False]),
        ),
    ),
)
