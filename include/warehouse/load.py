"""A spooled window into raw, in one short transaction.

Either everything of a manifest is in (payloads, observations, vault, quarantine, the load's row, the
stream's cursor) or nothing is. Loading it again changes nothing. Two loads of one stream and account
wait for each other; which of them is newer is decided by the epoch taken before the first request,
never by who commits last. An attempt that wakes up after a later one of its run has landed brings nothing.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from include import lake
from include.settings import Settings
from include.warehouse.connect import connect, trouble
from include.warehouse.erased import Erased
from include.warehouse.rows import DELIMITER, QUOTE, Bad, Batch, Row, batches, payload_copy, seen_copy
from include.warehouse.vault import load_vault

log = logging.getLogger(__name__)

MANY = 1000
"""Records from which a load changes what the planner should know."""

PATIENCE = "30s"
"""How long a load waits for an earlier attempt of itself before it cuts it off."""

CSV = f"(FORMAT csv, QUOTE E'\\x{ord(QUOTE):02x}', DELIMITER E'\\x{ord(DELIMITER):02x}')"


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
    manifest = lake.read_manifest(manifest_uri)
    with trouble("loading"), connect(settings, "loader") as conn:
        _serialise(conn, manifest)
        known = _loaded_before(conn, manifest) or _superseded(conn, manifest)
        result = known or _load(conn, settings, manifest_uri, manifest)
    return _done(manifest_uri, manifest, result)


def replay_manifest(settings: Settings, manifest_uri: str) -> LoadResult:
    """Load one extraction again as it was, epoch and all: what raw has lost of it comes back, and nothing else changes.

    A load whose row is lost is loaded anew, without moving the nightly cursor. `new_payloads` counts what came back.
    """
    manifest = lake.read_manifest(manifest_uri)
    with trouble("replaying"), connect(settings, "loader") as conn:
        _serialise(conn, manifest)
        known = _loaded_before(conn, manifest)
        result = (
            _mend(conn, settings, manifest_uri, manifest, known)
            if known
            else _load(conn, settings, manifest_uri, manifest | {"mode": "replay"})
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

    Who waits for an earlier attempt of its own window cuts it off after a while: its process was given up and may be
    stopped in the middle of a COPY, where no timeout of Postgres reaches it.
    """
    names = [
        manifest[name] for name in ("source", "stream", "account", "run_id", "window_start", "window_end")
    ]
    attempt = f"nightshift load {hashlib.sha256(repr(names).encode()).hexdigest()[:32]}"
    conn.execute("SELECT set_config('application_name', %s, true)", [attempt])
    conn.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
    lock = f"{manifest['source']}.{manifest['stream']}|{manifest['account']}"
    try:
        with conn.transaction():
            _lock(conn, lock)
    except psycopg.errors.LockNotAvailable:
        conn.execute("SET LOCAL lock_timeout TO DEFAULT")
        conn.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = %s AND pid <> pg_backend_pid()",
            [attempt],
        )
        _lock(conn, lock)
    conn.execute("SET LOCAL lock_timeout TO DEFAULT")


def _lock(conn: Connection, name: str) -> None:
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


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


def _load(conn: Connection, settings: Settings, uri: str, manifest: dict[str, Any]) -> LoadResult:
    bad = [Bad(line["scope"], line["field"], line["reason"]) for line in lake.read_quarantine(uri, manifest)]
    new, size, nuls, refused, erased = _store_pages(conn, settings, uri, manifest)
    bad += refused
    load_id, records = _record(conn, uri, manifest, new, size, len(bad), erased)
    _quarantine(conn, manifest, load_id, bad)
    _drift(conn, manifest, nuls)
    load_vault(conn, settings, lake.read_vault(uri, manifest))
    _advance(conn, manifest)
    _count_again(conn, manifest, records)
    return LoadResult(load_id, records, new, len(bad), already=False)


def _mend(
    conn: Connection, settings: Settings, uri: str, manifest: dict[str, Any], known: LoadResult
) -> LoadResult:
    """Put back the payloads and observations of a known load that raw does not hold any more, and have them built."""
    came_back, *_ = _store_pages(conn, settings, uri, manifest)
    _choose_winners(conn)
    heard = _observe(conn, manifest, known.load_id, "ON CONFLICT DO NOTHING")
    if came_back or heard:
        conn.execute(
            "INSERT INTO ops.touched (source, stream, account, scope, why)"
            " SELECT %(source)s, %(stream)s, %(account)s, scope, 'replayed' FROM winners",
            manifest,
        )
    return replace(known, new_payloads=came_back)


def _store_pages(
    conn: Connection, settings: Settings, uri: str, manifest: dict[str, Any]
) -> tuple[int, int, int, list[Bad], int]:
    """Copy all pages into the temporary table `seen`, and into raw the payloads that it lacks.

    Returns how many payloads those were, the bytes read, U+0000 characters removed, what could not be stored, and how
    many records were left out because they are erased people.
    """
    erased = Erased(conn, settings, manifest["source"], manifest["stream"])
    conn.execute(
        "CREATE TEMP TABLE seen (place bigint PRIMARY KEY, scope text, content_hash bytea, source_updated_at timestamptz,"
        " row_count int) ON COMMIT DROP"
    )
    new, size, nuls, place = 0, 0, 0, 0
    bad: list[Bad] = []
    for batch in lake.ahead(batches(lake.read_lines(uri, manifest))):
        batch.rows = erased.removed_from(batch.rows)
        new += _store(conn, manifest, batch, place)
        place += len(batch.rows)
        size += sum(len(row.payload) for row in batch.rows)
        nuls += batch.nul_characters
        bad += batch.bad
    return new, size, nuls, bad, len(erased.dropped)


def _store(conn: Connection, manifest: dict[str, Any], batch: Batch, place: int) -> int:
    """Copy a batch in; what Postgres refuses goes to quarantine and the rest is copied again."""
    try:
        with conn.transaction():
            return _copy(conn, manifest, batch.rows, place)
    except (psycopg.DataError, UnicodeDecodeError):
        batch.rows, refused = _told_apart(conn, batch.rows)
        batch.bad += refused
        return _copy(conn, manifest, batch.rows, place)


def _copy(conn: Connection, manifest: dict[str, Any], rows: list[Row], place: int) -> int:
    """Observations first; then only those payloads that raw does not hold yet."""
    table = sql.Identifier("raw", f"{manifest['source']}_{manifest['stream']}")
    _copy_in(conn, sql.SQL(f"COPY seen FROM STDIN {CSV}"), seen_copy(rows, place))
    fresh = [rows[at - place] for at in _not_stored(conn, table, manifest["account"], place, len(rows))]
    columns = "(account, scope, content_hash, payload, row_count)"
    _copy_in(
        conn,
        sql.SQL(f"COPY {{}} {columns} FROM STDIN {CSV}").format(table),
        payload_copy(manifest["account"], fresh),
    )
    return len(fresh)


def _copy_in(conn: Connection, statement: sql.SQL | sql.Composed, lines: Iterable[bytes]) -> None:
    with conn.cursor().copy(statement) as copy:
        for chunk in _chunks(lines):
            copy.write(chunk)


def _chunks(lines: Iterable[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    waiting: list[bytes] = []
    held = 0
    for line in lines:
        waiting.append(line)
        held += len(line)
        if held >= size:
            yield b"".join(waiting)
            waiting, held = [], 0
    yield b"".join(waiting)


def _not_stored(conn: Connection, table: sql.Identifier, account: str, place: int, many: int) -> list[int]:
    """Which of so many places from `place` on hold a payload that is new, each version once.

    One look into the key's index for each; a join would read the whole table as it grows.
    """
    found = conn.execute(
        sql.SQL(
            "SELECT min(place) FROM seen WHERE place >= %s AND place < %s AND (SELECT true FROM {} AS held"
            " WHERE held.account = %s AND held.scope = seen.scope AND held.content_hash = seen.content_hash) IS NULL"
            " GROUP BY scope, content_hash ORDER BY 1"
        ).format(table),
        [place, place + many, account],
    )
    return [at for (at,) in found]


def _told_apart(conn: Connection, rows: list[Row]) -> tuple[list[Row], list[Bad]]:
    """Ask Postgres about every payload of a batch it refused (JSON it cannot hold, bytes that are no text)."""
    good, refused = [], []
    for row in rows:
        try:
            text = row.payload.decode()
        except UnicodeDecodeError:
            refused.append(Bad(row.scope, "p", "not UTF-8"))
            continue
        answer = conn.execute("SELECT message FROM pg_input_error_info(%s, 'jsonb')", [text]).fetchone()
        if answer and answer[0]:
            refused.append(Bad(row.scope, "p", answer[0]))
        else:
            good.append(row)
    return good, refused


def _record(
    conn: Connection, uri: str, manifest: dict[str, Any], new: int, size: int, quarantined: int, erased: int
) -> tuple[int, int]:
    """The load's row and what it saw."""
    _choose_winners(conn)
    row = conn.execute(
        "INSERT INTO raw.load_log (source, account, stream, kind, mode, window_start, window_end, epoch,"
        " taken_at, run_id, complete, source_total, records, new_payloads, quarantined, erased, bytes, lake_uri, requests, seconds)"
        " SELECT %(source)s, %(account)s, %(stream)s, %(kind)s, %(mode)s, %(window_start)s, %(window_end)s,"
        " %(epoch)s, %(taken_at)s, %(run_id)s, %(complete)s, %(source_total)s,"
        " coalesce(sum(row_count), 0), %(new)s, %(quarantined)s, %(erased)s, %(size)s, %(uri)s, %(requests)s,"
        " %(seconds)s + extract(epoch FROM clock_timestamp() - now()) FROM winners"
        " RETURNING load_id, records",
        {"requests": None, "seconds": None}
        | manifest
        | {"new": new, "quarantined": quarantined, "erased": erased, "size": size, "uri": uri},
    ).fetchone()
    assert row
    _observe(conn, manifest, row[0])
    return row


def _choose_winners(conn: Connection) -> None:
    """A record read twice counts once: its newest version, then the last read."""
    conn.execute(
        "CREATE TEMP TABLE winners ON COMMIT DROP AS SELECT DISTINCT ON (scope)"
        " scope, content_hash, source_updated_at, row_count FROM seen"
        " ORDER BY scope, source_updated_at DESC NULLS LAST, place DESC"
    )


def _observe(conn: Connection, manifest: dict[str, Any], load_id: int, otherwise: LiteralString = "") -> int:
    """Write down what the load saw of each record; returns how many rows that made."""
    return conn.execute(
        "INSERT INTO raw.observation (load_id, stream, account, scope, content_hash, source_updated_at, row_count)"
        f" SELECT %s, %s, %s, scope, content_hash, source_updated_at, row_count FROM winners {otherwise}",
        [load_id, f"{manifest['source']}_{manifest['stream']}", manifest["account"]],
    ).rowcount


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
