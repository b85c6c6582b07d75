"""How long things about people are kept, and the broom. docs/privacy.md tells the same in words.

| what | how long |
|---|---|
| lake extractions of streams that speak of people | 14 days |
| of these, those that cannot be read, or in which a vendor tells of an erased person again | until the next housekeeping |
| leftovers of interrupted extractions | 1 day |
| quarantined records' notes | 90 days |
| answers to access requests, files set aside in the inbox | 30 days |
| who was meant to be reached by an audience, or held out | 400 days |
| people whom their vendor has not changed (one that tells no date: since they came), consent of nobody we know | 3 years |
| answered requests, without their person | 3 years |
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from psycopg import Connection

from include import lake
from include.privacy import inbox, traces
from include.privacy.files import exports
from include.privacy.suppression import key_hmacs, suppression_keys
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.connect import connect
from include.warehouse.erased import CUSTOMER_KEY

LAKE = timedelta(days=14)
LEFTOVERS = timedelta(days=1)
NOTES = timedelta(days=90)
ANSWERS = timedelta(days=30)
EXPOSURE = timedelta(days=400)
"""A year to compare, the 28 days in which people are watched, and a week: an effect told of a year ago can be told again."""
PEOPLE = timedelta(days=3 * 365)

_OLD_ROWS = {
    "notes": ("DELETE FROM raw.quarantine WHERE at < %s", NOTES),
    "touched": ("DELETE FROM ops.touched WHERE at < %s", NOTES),
    "exposure": ("DELETE FROM ops.audience_exposure WHERE first_eligible_on < %s::date", EXPOSURE),
    "people": ("DELETE FROM pii.customer WHERE coalesce(updated_at, heard_at) < %s", PEOPLE),
    "requests": ("DELETE FROM pii.request WHERE done_at < %s", PEOPLE),
}


def keep(settings: Settings, now: datetime | None = None) -> dict[str, int]:
    """Remove what is older than its rule allows; returns how much of each went."""
    now = now or datetime.now(UTC)
    gone = {
        "extractions": _old_extractions(settings, now - LAKE),
        "of_the_erased": traces.out_of_lake(settings, _speaks_of_erased(settings)),
        "leftovers": lake.sweep(settings.lake, now - LEFTOVERS),
        "answers": _old_files(settings, now - ANSWERS),
    }
    with connect(settings, "privacy") as conn:
        for what, (delete, age) in _OLD_ROWS.items():
            gone[what] = conn.execute(delete, [now - age]).rowcount
        gone["consent"] = _consent_of_nobody(conn, now - PEOPLE)
        for what, rows in gone.items():
            conn.execute(
                "INSERT INTO ops.audit (action, object, rows) VALUES ('retention', %s, %s)", [what, rows]
            )
    return gone


def _consent_of_nobody(conn: Connection, before: datetime) -> int:
    row = conn.execute(
        "SELECT pii.forget_consent(coalesce(array_agg(customer_key), '{}')) FROM ("
        "  SELECT coalesce(alias.customer_key, said.customer_key) AS person, said.customer_key,"
        "  max(said.recorded_at) AS last FROM pii.consent AS said"
        "  LEFT JOIN ops.customer_alias AS alias ON alias.alias_key = said.customer_key GROUP BY 1, 2) AS told"
        " WHERE last < %s AND NOT EXISTS (SELECT FROM pii.customer WHERE customer.customer_key IN"
        "  (told.person, told.customer_key))",
        [before],
    ).fetchone()
    return row[0] if row else 0


def _old_files(settings: Settings, before: datetime) -> int:
    old = [file for file in _answers(settings) if file.stat().st_mtime < before.timestamp()]
    for file in old:
        file.unlink()
    return len(old)


def _answers(settings: Settings) -> Iterator[Path]:
    for folder in (exports(settings), inbox.folder(settings) / "set-aside"):
        yield from folder.iterdir() if folder.is_dir() else ()


def _speaks_of_erased(settings: Settings) -> Callable[[bytes], bool]:
    """Whether a spooled line has the key of somebody erased: extracting knows of nobody, only loading leaves them out."""
    secrets = suppression_keys(settings)
    with connect(settings, "privacy") as conn:
        rows = conn.execute("SELECT hmac FROM pii.suppression WHERE reason = 'erased'").fetchall()
    erased = {bytes(digest) for (digest,) in rows}

    @cache
    def is_erased(key: bytes) -> bool:
        return not erased.isdisjoint(key_hmacs(secrets, key.decode()))

    return lambda line: any(map(is_erased, CUSTOMER_KEY.findall(line)))


def _old_extractions(settings: Settings, before: datetime) -> int:
    gone = 0
    for source in REGISTRY.values():
        for stream in source.streams:
            if not stream.person:
                continue
            for uri in lake.manifests(settings.lake, source.name, stream=stream.name):
                if datetime.fromisoformat(lake.read_manifest(uri)["taken_at"]) < before:
                    lake.delete(uri)
                    gone += 1
    return gone
