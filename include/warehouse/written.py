"""What a load writes beside payloads and observations: its own row, what was put aside, drift, and the stream's cursor."""

import time
from typing import Any

from psycopg import Connection, sql

from include.warehouse.rows import Bad
from include.warehouse.staging import Staging

MANY = 1000
"""Records from which a load changes what the planner should know."""


def record(
    conn: Connection,
    uri: str,
    manifest: dict[str, Any],
    staging: Staging,
    *,
    records: int,
    quarantined: int,
    began: float,
) -> None:
    """The load's row."""
    conn.execute(
        "INSERT INTO raw.load_log (load_id, source, account, stream, kind, mode, window_start, window_end, epoch, taken_at,"
        " loaded_at, run_id, complete, source_total, records, new_payloads, quarantined, erased, bytes, lake_uri, requests,"
        " seconds) OVERRIDING SYSTEM VALUE"
        " VALUES (%(load_id)s, %(source)s, %(account)s, %(stream)s, %(kind)s, %(mode)s, %(window_start)s, %(window_end)s,"
        " %(epoch)s, %(taken_at)s, clock_timestamp(), %(run_id)s, %(complete)s, %(source_total)s, %(records)s, %(new)s,"
        " %(quarantined)s, %(erased)s, %(size)s, %(uri)s, %(requests)s, %(seconds)s + %(loading)s)",
        {"requests": None, "seconds": None}
        | manifest
        | {
            "load_id": staging.load_id,
            "records": records,
            "new": staging.added,
            "quarantined": quarantined,
            "uri": uri,
            "size": staging.size,
            "erased": staging.erased,
            "loading": round(time.monotonic() - began, 3),
        },
    )


def quarantine(conn: Connection, manifest: dict[str, Any], load_id: int, bad: list[Bad]) -> None:
    conn.cursor().executemany(
        "INSERT INTO raw.quarantine (load_id, source, account, stream, scope, field, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (load_id, manifest["source"], manifest["account"], manifest["stream"], b.scope, b.field, b.reason)
            for b in bad
        ],
    )


def note_drift(conn: Connection, manifest: dict[str, Any], nul_characters: int) -> None:
    found = [(item["path"], item["json_type"], item.get("times", 1)) for item in manifest["drift"]]
    if nul_characters:
        found.append(("$", "NUL character removed", nul_characters))
    conn.cursor().executemany(
        "INSERT INTO raw.drift AS known (source, stream, path, json_type, times) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (source, stream, path, json_type) DO UPDATE"
        " SET last_seen = now(), times = known.times + excluded.times",
        [(manifest["source"], manifest["stream"], *item) for item in sorted(found)],
    )


def advance(conn: Connection, manifest: dict[str, Any]) -> None:
    """Move the stream's cursor with the rows it speaks of: by complete nightly windows, never backwards,
    never over a gap (a snapshot has no gaps: it is what it is now)."""
    if manifest["mode"] != "nightly" or not manifest["complete"]:
        return
    conn.execute(
        "INSERT INTO ops.cursor AS known (source, account, stream, landed_until, epoch)"
        " VALUES (%(source)s, %(account)s, %(stream)s, %(window_end)s, %(epoch)s)"
        " ON CONFLICT (source, account, stream) DO UPDATE"
        " SET landed_until = greatest(known.landed_until, excluded.landed_until),"
        " epoch = greatest(known.epoch, excluded.epoch)"
        " WHERE known.landed_until >= %(window_start)s::timestamptz OR %(kind)s = 'snapshot'",
        manifest,
    )


def count_again(conn: Connection, manifest: dict[str, Any], records: int) -> None:
    """Tell the planner of a large load at once: the build may start before autovacuum comes round, and plans
    made for empty tables take minutes where seconds would do."""
    if records >= MANY:
        table = sql.Identifier("raw", f"{manifest['source']}_{manifest['stream']}")
        conn.execute(sql.SQL("ANALYZE {}, raw.observation, raw.load_log").format(table))
