"""A spooled window into raw, in one short transaction.

Either everything of a manifest is in (payloads, observations, vault, quarantine, the load's row, the
stream's cursor) or nothing is. Loading it again changes nothing. Two loads of one stream and account
wait for each other; which of them is newer is decided by the epoch taken before the first request,
never by who commits last. An attempt that wakes up after a later one of its run has landed brings nothing.
"""

import hashlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from include import lake
from include.errors import Wait
from include.settings import Settings
from include.warehouse.connect import connect, trouble
from include.warehouse.rows import Bad, batches
from include.warehouse.staging import Staging
from include.warehouse.vault import load_vault

log = logging.getLogger(__name__)

MANY = 1000
"""Records from which a load changes what the planner should know."""

PATIENCE = "30s"
"""How long a load waits for an earlier attempt of itself before it cuts it off."""

LONGEST_IDLE = "10s"
"""How long a load waits for more of an extraction that goes on."""

WINNERS: LiteralString = (
    "SELECT DISTINCT ON (scope) scope, content_hash, source_updated_at, row_count FROM staged"
    " ORDER BY scope, source_updated_at DESC NULLS LAST, place DESC"
)
"""A record read twice counts once: its newest version, then the last read."""


@dataclass(frozen=True)
class LoadResult:
    """`records` counts rows seen (a statement's rows, else records); `already`: it had been loaded before."""

    load_id: int
    records: int
    new_payloads: int
    quarantined: int
    already: bool


def next_epoch(settings: Settings) -> int:
    """A number greater than every one before: take it before the first request of an extraction."""
    with connect(settings, "loader") as conn:
        row = conn.execute("SELECT nextval('ops.epoch')").fetchone()
    assert row
    return row[0]


def load_manifest(settings: Settings, manifest_uri: str) -> LoadResult:
    """Load one extraction. Raises Wait when the warehouse is away, Stop when pages do not match the manifest."""
    began, manifest = time.monotonic(), lake.read_manifest(manifest_uri)
    with trouble("loading"), connect(settings, "loader") as conn:
        _serialise(conn, manifest)
        result = _loaded_before(conn, manifest) or _superseded(conn, manifest)
        if not result:
            staging = _staged_pages(conn, settings, manifest_uri, manifest)
            result = _load(conn, settings, manifest_uri, manifest, staging, began)
    return _done(manifest_uri, manifest, result)


def begin(conn: Connection, of: dict[str, Any]) -> None:
    """Begin a load whose extraction goes on; `of` is the attempt as its manifest will name it. Wait when another load of
    the stream and account is under way.

    Who extracts may be stopped, and hold what it holds for ever: Postgres ends the session when it idles.
    """
    _name_attempt(conn, of)
    conn.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [LONGEST_IDLE])
    free = conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_name(of)]
    ).fetchone()
    if free != (True,):
        raise Wait(f"another load of {of['source']} {of['stream']} is under way")


def load_staged(conn: Connection, settings: Settings, manifest_uri: str, staging: Staging) -> LoadResult:
    """Commit a load that was begun and staged while its extraction was spooled. Raises Outdated."""
    began, manifest = time.monotonic(), lake.read_manifest(manifest_uri)
    with trouble("loading"):
        result = _loaded_before(conn, manifest) or _superseded(conn, manifest)
        if result:
            conn.rollback()
        else:
            result = _load(conn, settings, manifest_uri, manifest, staging, began)
            conn.commit()
    return _done(manifest_uri, manifest, result)


def replay_manifest(settings: Settings, manifest_uri: str) -> LoadResult:
    """Load one extraction again as it was, epoch and all: what raw has lost of it comes back, and nothing else changes.

    A load whose row is lost is loaded anew, without moving the nightly cursor. `new_payloads` counts what came back.
    """
    began, manifest = time.monotonic(), lake.read_manifest(manifest_uri)
    with trouble("replaying"), connect(settings, "loader") as conn:
        _serialise(conn, manifest)
        known = _loaded_before(conn, manifest)
        staging = _staged_pages(conn, settings, manifest_uri, manifest)
        result = (
            _mend(conn, manifest, staging, known)
            if known
            else _load(conn, settings, manifest_uri, manifest | {"mode": "replay"}, staging, began)
        )
    return _done(manifest_uri, manifest, result)


def _done(manifest_uri: str, manifest: dict[str, Any], result: LoadResult) -> LoadResult:
    # The vault file outlives its load by moments only; a crash in between leaves it to the next attempt.
    lake.delete_vault(manifest_uri, manifest)
    log.info(
        "%s %s: %s records, %s new, %s quarantined%s",
        manifest["source"], manifest["stream"], result.records, result.new_payloads, result.quarantined,
        " (loaded before)" if result.already else "",
    )  # fmt: skip
    return result


def _serialise(conn: Connection, manifest: dict[str, Any]) -> None:
    """One load at a time for a stream and account.

    Who waits for an earlier attempt of itself cuts it off after a while: its process was given up and may be
    stopped in the middle of a COPY, where no timeout of Postgres reaches it.
    """
    attempt = _name_attempt(conn, manifest)
    conn.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    try:
        with conn.transaction():
            _lock(conn, manifest)
    except psycopg.errors.LockNotAvailable:
        conn.execute("SET LOCAL lock_timeout TO DEFAULT")
        conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND pid <> pg_backend_pid()",
            [attempt],
        )
        _lock(conn, manifest)
    conn.execute("SET LOCAL lock_timeout TO DEFAULT")


def _name_attempt(conn: Connection, of: dict[str, Any]) -> str:
    """Call the session by the attempt it works for, so that its retry can find it; returns the name.

    A night's retry asks for a little more than the attempt before it; the windows of a backfill stand beside each other.
    """
    windows = () if of["mode"] == "nightly" else ("window_start", "window_end")
    names = [of[name] for name in ("source", "stream", "account", "run_id", *windows)]
    attempt = f"nightshift load {hashlib.sha256(repr(names).encode()).hexdigest()[:32]}"
    conn.execute("SELECT set_config('application_name', %s, true)", [attempt])
    return attempt


def _lock(conn: Connection, of: dict[str, Any]) -> None:
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_lock_name(of)])


def _lock_name(of: dict[str, Any]) -> str:
    return f"{of['source']}.{of['stream']}|{of['account']}"


def _loaded_before(conn: Connection, manifest: dict[str, Any]) -> LoadResult | None:
    row = conn.execute(
        "SELECT load_id, records, new_payloads, quarantined FROM raw.load_log WHERE"
        " (source, account, stream, run_id) = (%(source)s, %(account)s, %(stream)s, %(run_id)s)"
        " AND (window_start, window_end)"
        " = (%(window_start)s::timestamptz, %(window_end)s::timestamptz)",
        manifest,
    ).fetchone()
    return LoadResult(row[0], row[1], row[2], row[3], already=True) if row else None


def _superseded(conn: Connection, manifest: dict[str, Any]) -> LoadResult | None:
    """What a later attempt of the same night's run has landed, if one has: then this one slept and is not needed."""
    row = conn.execute(
        "SELECT load_id, records, new_payloads, quarantined FROM raw.load_log WHERE"
        " (source, account, stream, run_id) = (%(source)s, %(account)s, %(stream)s, %(run_id)s)"
        " AND mode = 'nightly' AND %(mode)s = 'nightly' AND epoch > %(epoch)s ORDER BY epoch DESC LIMIT 1",
        manifest,
    ).fetchone()
    return LoadResult(row[0], row[1], row[2], row[3], already=True) if row else None


def _staged_pages(conn: Connection, settings: Settings, uri: str, manifest: dict[str, Any]) -> Staging:
    staging = Staging(conn, settings, manifest)
    for batch in lake.ahead(batches(lake.read_lines(uri, manifest))):
        staging.add(batch)
    return staging


def _load(
    conn: Connection, settings: Settings, uri: str, manifest: dict[str, Any], staging: Staging, began: float
) -> LoadResult:
    bad = [Bad(line["scope"], line["field"], line["reason"]) for line in lake.read_quarantine(uri, manifest)]
    bad += staging.bad
    staging.settle()
    load_id, records = _record(conn, uri, manifest, staging, len(bad), began)
    _quarantine(conn, manifest, load_id, bad)
    _drift(conn, manifest, staging.nuls)
    load_vault(conn, settings, _people(uri, manifest))
    _advance(conn, manifest)
    _count_again(conn, manifest, records)
    return LoadResult(load_id, records, staging.added, len(bad), already=False)


def _people(uri: str, manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Whoever is replayed has been loaded before: then the people are no longer in the lake."""
    return (lake.read_vault if manifest["mode"] == "replay" else lake.read_whole_vault)(uri, manifest)


def _mend(conn: Connection, manifest: dict[str, Any], staging: Staging, known: LoadResult) -> LoadResult:
    """Put back the payloads and observations of a known load that raw does not hold any more, and have them built."""
    staging.settle()
    heard = conn.execute(
        "INSERT INTO raw.observation (load_id, stream, account, scope, content_hash, source_updated_at, row_count)"
        f" SELECT %s, %s, %s, * FROM ({WINNERS}) ON CONFLICT DO NOTHING",
        [known.load_id, f"{manifest['source']}_{manifest['stream']}", manifest["account"]],
    ).rowcount
    if staging.added or heard:
        conn.execute(
            "INSERT INTO ops.touched (source, stream, account, scope, why)"
            " SELECT DISTINCT %(source)s, %(stream)s, %(account)s, scope, 'replayed' FROM staged",
            manifest,
        )
    return replace(known, new_payloads=staging.added)


def _record(
    conn: Connection,
    uri: str,
    manifest: dict[str, Any],
    staging: Staging,
    quarantined: int,
    began: float,
) -> tuple[int, int]:
    """The load's row, and what it saw of each record."""
    row = conn.execute(
        f"WITH winners AS MATERIALIZED ({WINNERS}), this AS ("
        "INSERT INTO raw.load_log (source, account, stream, kind, mode, window_start, window_end, epoch,"
        " taken_at, loaded_at, run_id, complete, source_total, records, new_payloads, quarantined, erased, bytes, lake_uri, requests, seconds)"
        " SELECT %(source)s, %(account)s, %(stream)s, %(kind)s, %(mode)s, %(window_start)s, %(window_end)s,"
        " %(epoch)s, %(taken_at)s, clock_timestamp(), %(run_id)s, %(complete)s, %(source_total)s,"
        " coalesce(sum(row_count), 0), %(new)s, %(quarantined)s, %(erased)s, %(size)s, %(uri)s, %(requests)s,"
        " %(seconds)s + %(loading)s FROM winners"
        " RETURNING load_id, records, account), seen AS ("
        "INSERT INTO raw.observation (load_id, stream, account, scope, content_hash, source_updated_at, row_count)"
        " SELECT load_id, %(source)s || '_' || %(stream)s, account, winners.* FROM this, winners)"
        " SELECT load_id, records FROM this",
        {"requests": None, "seconds": None}
        | manifest
        | {
            "new": staging.added,
            "quarantined": quarantined,
            "uri": uri,
            "size": staging.size,
            "erased": staging.erased,
            "loading": round(time.monotonic() - began, 3),
        },
    ).fetchone()
    assert row
    return row


def _quarantine(conn: Connection, manifest: dict[str, Any], load_id: int, bad: list[Bad]) -> None:
    conn.cursor().executemany(
        "INSERT INTO raw.quarantine (load_id, source, account, stream, scope, field, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (load_id, manifest["source"], manifest["account"], manifest["stream"], b.scope, b.field, b.reason)
            for b in bad
        ],
    )


def _drift(conn: Connection, manifest: dict[str, Any], nul_characters: int) -> None:
    found = [(item["path"], item["json_type"], item.get("times", 1)) for item in manifest["drift"]]
    if nul_characters:
        found.append(("$", "NUL character removed", nul_characters))
    conn.cursor().executemany(
        "INSERT INTO raw.drift AS known (source, stream, path, json_type, times) VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (source, stream, path, json_type) DO UPDATE"
        " SET last_seen = now(), times = known.times + excluded.times",
        [(manifest["source"], manifest["stream"], *item) for item in sorted(found)],
    )


def _count_again(conn: Connection, manifest: dict[str, Any], records: int) -> None:
    """Tell the planner of a large load at once: the build may start before autovacuum comes round, and plans
    made for empty tables take minutes where seconds would do."""
    if records >= MANY:
        table = sql.Identifier("raw", f"{manifest['source']}_{manifest['stream']}")
        conn.execute(sql.SQL("ANALYZE {}, raw.observation, raw.load_log").format(table))


def _advance(conn: Connection, manifest: dict[str, Any]) -> None:
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
