"""A spooled window into raw, in one short transaction.

Either everything of a manifest is in (payloads, observations, vault, quarantine, the load's row, the
stream's cursor) or nothing is. Loading it again changes nothing. Two loads of one stream and account
wait for each other; which of them is newer is decided by the epoch taken before the first request,
never by who commits last. An attempt that wakes up after a later one of its run has landed brings nothing.
"""

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from include import lake
from include.errors import Wait
from include.settings import Settings
from include.warehouse.attempts import serialise
from include.warehouse.connect import connect, trouble
from include.warehouse.erased import store_was_erased
from include.warehouse.rows import Bad, batches
from include.warehouse.staging import Staging
from include.warehouse.vault import load_vault
from include.warehouse.written import advance, count_again, note_drift, quarantine, record

log = logging.getLogger(__name__)


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
    """Load one extraction. Raises Wait when the warehouse is away or the store was erased, Stop when pages do not match the
    manifest."""
    began, manifest = time.monotonic(), lake.read_manifest(manifest_uri)
    with trouble("loading"), connect(settings, "loader") as conn:
        serialise(conn, manifest)
        result = _loaded_before(conn, manifest) or _superseded(conn, manifest)
        if not result:
            staging = _staged_pages(conn, settings, manifest_uri, manifest)
            result = _load(conn, settings, manifest_uri, manifest, staging, began)
    return _done(manifest_uri, manifest, result)


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
        serialise(conn, manifest)
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
    """Wait, and nothing is left in the lake, when the store was erased after the vendor had been asked."""
    if store_was_erased(conn, manifest):
        lake.delete(uri)
        name = f"{manifest['source']} {manifest['account']}"
        raise Wait(
            f"{name} was erased while {manifest['stream']} was being read; the next attempt asks again"
        )
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
    records = staging.observe()
    record(conn, uri, manifest, staging, records=records, quarantined=len(bad), began=began)
    quarantine(conn, manifest, staging.load_id, bad)
    note_drift(conn, manifest, staging.nuls)
    load_vault(conn, settings, _people(uri, manifest))
    advance(conn, manifest)
    count_again(conn, manifest, records)
    return LoadResult(staging.load_id, records, staging.added, len(bad), already=False)


def _people(uri: str, manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Whoever is replayed has been loaded before: then the people are no longer in the lake."""
    return (lake.read_vault if manifest["mode"] == "replay" else lake.read_whole_vault)(uri, manifest)


def _mend(conn: Connection, manifest: dict[str, Any], staging: Staging, known: LoadResult) -> LoadResult:
    """Put back the payloads and observations of a known load that raw does not hold any more, and have them built."""
    staging.settle()
    heard = staging.observe_again(known.load_id)
    if staging.added or heard:
        conn.execute(
            "INSERT INTO ops.touched (source, stream, account, scope, why)"
            " SELECT DISTINCT %(source)s, %(stream)s, %(account)s, scope, 'replayed' FROM staged",
            manifest,
        )
    return replace(known, new_payloads=staging.added)
