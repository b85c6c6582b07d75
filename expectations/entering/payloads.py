"""What tonight's loads brought of a stream, as the rows of a check."""

import great_expectations.expectations as gxe

from expectations.check import Check
from expectations.seen import record

MOST_RECORDS, FEWEST_RECORDS = 10_000, 200
"""Of more records that all loads of a stream brought together so many are judged, more or less, and of each load at least so many:
what is wrong with one in a thousand still shows, and what is wrong with a single one of a year's is seen to where it is read. The
gate of a first night, or of a backfill in a hundred windows, then costs and holds what any other's does."""


def new_payloads(stream: str, columns: str, unnest: str = "") -> str:
    """One row per record of `stream` (`<source>_<stream>`) observed by tonight's loads, or per what a lateral join on its
    `r.payload` makes of it; of many records, of those drawn."""
    # hashes are as good as drawn by lot, and the same ones are drawn every time
    return f"""
select o.load_id, o.scope, {columns}
from (
    select o.*
    from (
        select load_id, greatest({MOST_RECORDS} / sum(l.records) over (), {FEWEST_RECORDS}::numeric / l.records) as drawn
        from ops.build_load b
        join raw.load_log l using (load_id)
        where b.build_id = {{build_id}} and b.is_new and l.source || '_' || l.stream = '{stream}' and l.records > 0
    ) l
    join raw.observation o using (load_id)
    where o.stream = '{stream}'
      and get_byte(o.content_hash, 0) * 256 + get_byte(o.content_hash, 1) < 65536 * l.drawn
) o
{record(stream)}
{unnest}
where true
"""


def changed_payloads(stream: str, columns: str) -> str:
    """The same of records that no accepted load has told just so before: a window of weeks is full of what was judged then."""
    return f"""{new_payloads(stream, columns)}
and not exists (
    select from raw.observation known join raw.load_log before using (load_id)
    where (known.stream, known.account, known.scope) = (o.stream, o.account, o.scope)
      and known.content_hash = o.content_hash and known.load_id < o.load_id and before.status <> 'held'
)
"""


def new_rows(stream: str, columns: str) -> str:
    """One row per row of the statements (`row_of`) observed by tonight's loads; `scope` is the statement's day."""
    return f"""
select o.load_id, o.scope, {columns}
from raw.observation o
join ops.build_load b using (load_id)
{record(stream)}
cross join lateral jsonb_array_elements(r.payload) as row_of
where b.build_id = {{build_id}} and b.is_new and o.stream = '{stream}'
"""


def never_null(*columns: str) -> tuple[gxe.Expectation, ...]:
    return tuple(gxe.ExpectColumnValuesToNotBeNull(column=column) for column in columns)


def mostly(name: str, records: str, holds: str, told: str, tolerated: float = 0.3) -> Check:
    """Of a load's `records` (a query as above) at most the tolerated share may break the condition `holds`.

    Counted load by load: a small store's load is not excused by a large one's, nor held with it. A condition that is
    null, because there is nothing to compare, holds.
    """
    within = gxe.ExpectColumnValuesToBeBetween(column="broken", max_value=tolerated)
    return Check(
        name,
        f"""
select load_id, count(*) filter (where not holds)::float / count(*) as broken,
       '{told} in ' || count(*) filter (where not holds) || ' of ' || count(*) as told
from (select load_id, ({holds}) as holds from ({records}) records) judged
group by 1 having count(*) >= 8
""",
        "load_id",
        (within,),
        tells="told",
    )
