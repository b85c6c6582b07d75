"""What a backup cannot know, outside the database: who may not come back, and who waits for an answer.

    HOME/suppressed.jsonl      the suppression list: keyed hashes and nothing else
    HOME/erased_stores.jsonl   stores whose people were erased
    HOME/open_requests.jsonl   requests that are not done, their person sealed with a key that comes from the list's

A backup is older than what was asked of us since. Whoever restores one needs the newest of these, also when the database
that held them is lost: that is what the copy is for.
"""

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection

from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect
from include.warehouse.seal import Seal

LOCK = 7_103_526_915


@dataclass(frozen=True)
class Entry:
    """One line of the suppression list; `hmac` in hex."""

    hmac: str
    key_version: int
    reason: str
    at: str


@dataclass(frozen=True)
class Store:
    """A store whose people were erased; `epoch` is greater than that of anything it had been asked for before."""

    source: str
    account: str
    epoch: int


@dataclass(frozen=True)
class Asked:
    """A request that is not done."""

    kind: str
    via: str
    reference: str | None
    received_at: str
    due_at: str
    due_rule: str | None
    subject: dict[str, Any]


@dataclass(frozen=True)
class Outside:
    """All of it."""

    suppressed: tuple[Entry, ...] = ()
    stores: tuple[Store, ...] = ()
    requests: tuple[Asked, ...] = ()

    def __add__(self, other: "Outside") -> "Outside":
        return Outside(
            self.suppressed + other.suppressed, self.stores + other.stores, self.requests + other.requests
        )


def listed(conn: Connection) -> Outside:
    """What a warehouse knows of it, for whoever may read it."""
    entries = conn.execute(
        "SELECT encode(hmac, 'hex'), key_version, reason, at::text FROM pii.suppression ORDER BY at, hmac"
    ).fetchall()
    stores = conn.execute("SELECT source, account, epoch FROM ops.erased_store ORDER BY epoch").fetchall()
    requests = conn.execute(
        "SELECT kind, via, reference, received_at::text, due_at::text, due_rule, subject FROM pii.request"
        " WHERE done_at IS NULL ORDER BY request_id"
    ).fetchall()
    return Outside(
        tuple(Entry(*row) for row in entries),
        tuple(Store(*row) for row in stores),
        tuple(Asked(*row) for row in requests),
    )


def write_down(settings: Settings) -> None:
    """Bring the copy up to date; each file is written whole or not at all. Writers wait for each other: who read earlier must
    not write later."""
    suppressed, stores, requests = _places(settings)
    seal = _seal(settings)
    with connect(settings, "privacy") as conn:
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        now = listed(conn)
        _write(suppressed, map(asdict, now.suppressed))
        _write(stores, map(asdict, now.stores))
        _write(requests, (asdict(one) | {"subject": _sealed(seal, one.subject)} for one in now.requests))


def written_down(settings: Settings) -> Outside:
    """The copy; empty when nobody ever asked for anything. Stop when it was sealed with another key than the home's."""
    suppressed, stores, requests = map(_read, _places(settings))
    seal = _seal(settings)
    return Outside(
        tuple(Entry(**told) for told in suppressed),
        tuple(Store(**told) for told in stores),
        tuple(Asked(**told | {"subject": _opened(seal, told["subject"])}) for told in requests),
    )


def _places(settings: Settings) -> tuple[Path, Path, Path]:
    home = settings.home
    return home / "suppressed.jsonl", home / "erased_stores.jsonl", home / "open_requests.jsonl"


def _seal(settings: Settings) -> Seal:
    return Seal(settings.secret("suppression"), b"open requests")


def _sealed(seal: Seal, subject: dict[str, Any]) -> str:
    return seal.close(json.dumps(subject)).decode()


def _opened(seal: Seal, sealed: str) -> dict[str, Any]:
    told = seal.open(sealed)
    if told is None:
        raise Stop("open_requests.jsonl was sealed with another key than this home's `suppression`")
    return json.loads(told)


def _write(place: Path, rows: Iterable[dict[str, Any]]) -> None:
    for half in place.parent.glob(f".{place.name}.*"):
        half.unlink()  # of a writer that was killed: whoever lives holds the lock
    draft = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in place.read_text().splitlines()] if place.exists() else []
