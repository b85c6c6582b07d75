"""Tonight's loads, measured and held against those before: what the gate of the entering reads from ops.load_profile."""

from datetime import datetime
from typing import Any, LiteralString, cast

import orjson
from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_loads

from include.profile.changes import told_otherwise
from include.profile.load import COUNTED, Judged, Load
from include.profile.measures import day_sums, measured
from include.profile.ours import not_ours
from include.profile.volume import LISTENS_TO, moods, volume
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect

MOST_RECORDS = 1000
"""So many tell shares to within a per cent or two; those with the smallest hashes, as good as drawn by lot."""
TOLD = 0.5
"""What surprises less is not kept."""

_TONIGHT: LiteralString = """
    SELECT l.load_id, l.source, l.account, l.stream, l.kind, l.mode, l.window_start, l.window_end, l.records, l.new_payloads
    FROM raw.load_log AS l JOIN ops.build_load AS b USING (load_id)
    WHERE b.build_id = %(build)s AND b.is_new AND l.status <> 'released'
    ORDER BY l.load_id
"""

# The 35 newest, so that what comes every month is among them, and the largest of all: the history, which knows what is rare.
_BEFORE: LiteralString = """
    WITH before AS (
        SELECT * FROM raw.load_log
        WHERE (source, account, stream) = (%(source)s, %(account)s, %(stream)s)
          AND load_id < %(load_id)s AND status <> 'held'
    ), newest AS (
        (SELECT load_id FROM before ORDER BY load_id DESC LIMIT 35)
        UNION (SELECT load_id FROM before ORDER BY new_payloads DESC LIMIT 1)
    )
    SELECT p.load_id, p.records, p.new_payloads, p.status = 'released' AS released, p.mode = 'nightly' AS nightly, known.measures,
           p.window_end - p.window_start AS length
    FROM before AS p JOIN newest USING (load_id) LEFT JOIN ops.load_profile AS known USING (load_id)
    ORDER BY p.load_id DESC
"""

# What an accepted load has brought before was judged then. A load that is held taught nobody anything. Looked up one by one,
# in order, until there are enough: however large the load or the history, next to nothing is read of them.
_NEW_RECORDS: LiteralString = """
    SELECT seen.scope, stored.payload
    FROM (
        SELECT stream, account, scope, content_hash FROM raw.observation
        WHERE load_id = %(load_id)s ORDER BY content_hash
    ) AS seen
    CROSS JOIN LATERAL (
        SELECT payload FROM {table} AS stored
        WHERE (stored.account, stored.scope, stored.content_hash) = (seen.account, seen.scope, seen.content_hash)
          AND {not_ours} AND NOT EXISTS (
            SELECT FROM raw.observation AS known JOIN raw.load_log AS before USING (load_id)
            WHERE (known.stream, known.account, known.scope) = (seen.stream, seen.account, seen.scope)
              AND known.content_hash = seen.content_hash AND known.load_id < %(load_id)s AND before.status <> 'held'
          )
        OFFSET 0
    ) AS stored
    ORDER BY seen.content_hash LIMIT %(most)s
"""

_FIRST_TOLD: LiteralString = """
    SELECT count(*) FROM raw.observation AS seen
    WHERE seen.load_id = %(load_id)s AND NOT EXISTS (
        SELECT FROM raw.observation AS known JOIN raw.load_log AS before USING (load_id)
        WHERE (known.stream, known.account, known.scope) = (seen.stream, seen.account, seen.scope)
          AND known.load_id < seen.load_id AND before.status <> 'held'
    )
"""


def profile(settings: Settings, build_id: int) -> None:
    """Measure every new load of the build and keep what surprises in ops.load_profile."""
    with connect(settings, "transformer") as conn:
        set_json_loads(orjson.loads, conn)  # thousands of records: a fifth of the time
        tonight = [_read(conn, row).judged() for row in _rows(conn, _TONIGHT, {"build": build_id})]
    mood = moods(
        {load.load_id: load.counts["new_payloads"] for load in tonight}, [load.first_told for load in tonight]
    )
    with connect(settings, "publisher") as conn:
        for load in tonight:
            for name, what in COUNTED.items():
                load.found += volume(what, load.counts[name], mood[load.source])
            _keep(conn, load)


def _read(conn: Connection, row: dict[str, Any]) -> Load:
    load = Load(row, _rows(conn, _BEFORE, row))
    stream = REGISTRY[row["source"]].stream(row["stream"])
    query = sql.SQL(_NEW_RECORDS).format(
        table=sql.Identifier("raw", f"{row['source']}_{row['stream']}"),
        not_ours=not_ours(row["source"], row["stream"]),
    )
    told = conn.execute(query, row | {"most": MOST_RECORDS}).fetchall()
    is_statement = row["kind"] == "statement"
    records = (
        [one for _, payload in told for one in payload] if is_statement else [payload for _, payload in told]
    )
    end = cast(datetime, row["window_end"])
    load.measures = {
        "fields": measured(records, stream.keep, end, stream.key, stream.updated_at),
        "newest_day": day_sums(told, stream.keep) if is_statement else {},
    }
    if row["kind"] == "log" and row["source"] in LISTENS_TO.values():
        (load.measures["first_told"],) = conn.execute(_FIRST_TOLD, row).fetchone() or (0,)
    last_night = next((one["load_id"] for one in load.before if one["nightly"]), None)
    if row["kind"] != "log" and row["mode"] == "nightly" and last_night:
        load.moved = list(told_otherwise(conn, stream, row, last_night, MOST_RECORDS))
    return load


def _keep(conn: Connection, load: Judged) -> None:
    most = sorted((one for one in load.found if one.by > TOLD), key=lambda one: -one.by)[:20]
    told = [{"by": round(one.by, 3), "measure": one.measure, "told": str(one)} for one in most]
    conn.execute(
        "INSERT INTO ops.load_profile (load_id, measures, surprises) VALUES (%s, %s, %s)"
        " ON CONFLICT (load_id) DO UPDATE SET measures = excluded.measures, surprises = excluded.surprises",
        [load.load_id, Jsonb(load.measures), Jsonb(told)],
    )


def _rows(conn: Connection, query: LiteralString, values: dict[str, Any]) -> list[dict[str, Any]]:
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
