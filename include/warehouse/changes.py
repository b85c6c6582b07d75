"""What a build has to compute anew: when the same day is built again, only what hangs on streams with news."""

from datetime import datetime

from psycopg import Connection, sql

from include.settings import Settings
from include.warehouse.connect import connect

# A snapshot taken after the one that closed its day replaces nothing, whatever it says.
_NEWS = """
SELECT load.source, load.stream
FROM ops.build_load JOIN raw.load_log AS load USING (load_id)
WHERE build_id = %(this)s AND is_new AND ops.is_news(load_id, %(last)s)
  AND NOT (load.kind = 'snapshot' AND EXISTS (
      SELECT FROM raw.load_log AS closing
      JOIN ops.build_load AS frozen ON frozen.load_id = closing.load_id AND frozen.build_id = %(last)s
      CROSS JOIN ops.company
      WHERE (closing.source, closing.account, closing.stream) = (load.source, load.account, load.stream)
        AND closing.complete AND closing.taken_at <= load.taken_at
        AND (closing.taken_at AT TIME ZONE timezone)::date = (load.taken_at AT TIME ZONE timezone)::date
  ))
UNION
SELECT load.source, load.stream
FROM ops.build_load JOIN raw.load_log AS load USING (load_id)
WHERE build_id = %(last)s AND load_id NOT IN (SELECT load_id FROM ops.build_load WHERE build_id = %(this)s)
UNION SELECT source, stream FROM ops.tombstone WHERE detected_at >= %(since)s
UNION SELECT source, stream FROM ops.touched WHERE at >= %(since)s
"""


def changed_streams(settings: Settings, build_id: int) -> set[str] | None:
    """The streams ('odoo.purchase_orders') that tell the running build anything new, possibly none.

    None when everything must be built: the first build, another day, people who turned out to be one,
    or a build in between that was not published and may have left anything in the tables.
    """
    with connect(settings, "publisher") as conn:
        row = conn.execute(
            "SELECT last.build_id, last.started_at FROM ops.build AS this"
            " JOIN ops.build AS last ON last.build_id ="
            "  (SELECT max(build_id) FROM ops.build WHERE build_id < this.build_id)"
            " WHERE this.build_id = %s AND last.status = 'published' AND last.as_of_day = this.as_of_day",
            [build_id],
        ).fetchone()
        if row is None or _people_became_one(conn, row[1]):
            return None
        found = conn.execute(_NEWS, {"this": build_id, "last": row[0], "since": row[1]}).fetchall()
    return {f"{source}.{stream}" for source, stream in found}


def _people_became_one(conn: Connection, since: datetime) -> bool:
    """Whether readers see somebody under a key that has become another's since then. A new alias that no table
    knows yet (somebody's id at a vendor that has just heard of them) concerns only what comes with it."""
    aliases = conn.execute("SELECT count(*) FROM ops.customer_alias WHERE since >= %s", [since]).fetchone()
    if aliases == (0,):
        return False
    tables = conn.execute(
        "SELECT table_schema, table_name FROM information_schema.columns"
        " WHERE column_name = 'customer_key' AND table_schema IN ('mart', 'act')"
    ).fetchall()
    seen = sql.SQL(
        "SELECT EXISTS (SELECT FROM {} AS seen JOIN ops.customer_alias AS alias"
        " ON alias.alias_key = seen.customer_key WHERE alias.since >= %s)"
    )
    return any(
        conn.execute(seen.format(sql.Identifier(*table)), [since]).fetchone() == (True,) for table in tables
    )
