"""Whether what is told every night is told as it was: stock, prices, the days of a report.

Held against itself, record by record, a change of unit or a field gone silent shows at once, however much the records
differ among themselves. Of a log this says nothing: what it tells again is what has changed.
"""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection, sql

from include.profile.measures import sizes
from include.profile.surprise import Surprise
from include.sources.base import Stream

FEWEST_AGAIN = 8
TIMES = 3
"""No shop has three times the stock, or a third of last month's clicks, of most things at once."""
MOST = 0.5

_AGAIN: LiteralString = """
    SELECT count(*), count(*) FILTER (WHERE known.content_hash <> seen.content_hash)
    FROM raw.observation AS seen JOIN raw.observation AS known USING (scope)
    WHERE seen.load_id = %(load_id)s AND known.load_id = %(before)s
"""
_CHANGED: LiteralString = """
    SELECT known_as.payload, told.payload
    FROM raw.observation AS seen
    JOIN raw.observation AS known ON known.load_id = %(before)s AND known.scope = seen.scope
    JOIN {table} AS told
        ON (told.account, told.scope, told.content_hash) = (seen.account, seen.scope, seen.content_hash)
    JOIN {table} AS known_as
        ON (known_as.account, known_as.scope, known_as.content_hash) = (known.account, known.scope, known.content_hash)
    WHERE seen.load_id = %(load_id)s AND known.content_hash <> seen.content_hash
    ORDER BY seen.content_hash LIMIT %(most)s
"""


def told_otherwise(
    conn: Connection, stream: Stream, load: dict[str, Any], before: int, most: int
) -> Iterator[Surprise]:
    """The numbers that changed threefold, the same way, in most of what load `before` told as well; `most` are looked at."""
    of = load | {"before": before, "most": most}
    again, changed = conn.execute(_AGAIN, of).fetchone() or (0, 0)
    if again < FEWEST_AGAIN or changed < MOST * again:
        return
    table = sql.Identifier("raw", f"{load['source']}_{load['stream']}")
    pairs = conn.execute(sql.SQL(_CHANGED).format(table=table), of).fetchall()
    told = [(sizes(known, stream.keep), sizes(now, stream.keep)) for known, now in pairs]
    for path in sorted({path for known, _ in told for path in known}):
        moves = [(known.get(path, 0.0), now.get(path, 0.0)) for known, now in told]
        for much, moved in (
            ("more than three times", sum(now > TIMES * known > 0 for known, now in moves)),
            ("less than a third of", sum(TIMES * now < known for known, now in moves)),
        ):
            share = moved / len(pairs) * changed / again
            what = f"{path} is {much} what it was the night before in"
            yield Surprise("moved", what, f"{share:.0%}", "next to none", share / MOST)
