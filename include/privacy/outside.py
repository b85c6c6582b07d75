"""The suppression list outside the database: in HOME/suppressed.jsonl, keyed hashes and nothing else.

A backup is older than what was asked of us since. Whoever restores one needs the newest list, also when the database
that held it is lost: that is what this copy is for.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from psycopg import Connection

from include.settings import Settings
from include.warehouse.connect import connect


@dataclass(frozen=True)
class Entry:
    """One line of the list; `hmac` in hex."""

    hmac: str
    key_version: int
    reason: str
    at: str


def listed(conn: Connection) -> list[Entry]:
    """The list of a warehouse, for whoever may read it."""
    rows = conn.execute(
        "SELECT encode(hmac, 'hex'), key_version, reason, at::text FROM pii.suppression ORDER BY at, hmac"
    ).fetchall()
    return [Entry(*row) for row in rows]


def write_down(settings: Settings) -> int:
    """Bring the copy up to date, written whole or not at all; returns how many entries it has."""
    with connect(settings, "privacy") as conn:
        entries = listed(conn)
    place = _place(settings)
    fresh = place.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("".join(json.dumps(asdict(entry)) + "\n" for entry in entries))
    fresh.replace(place)
    return len(entries)


def written_down(settings: Settings) -> list[Entry]:
    """The copy; empty when nobody was ever suppressed."""
    place = _place(settings)
    lines = place.read_text().splitlines() if place.exists() else []
    return [Entry(**json.loads(line)) for line in lines]


def _place(settings: Settings) -> Path:
    return settings.home / "suppressed.jsonl"
