"""One observation as the lake holds it: what names the record, when it was last changed, and what is kept of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from include.clients.json import dumps
from include.privacy.values import is_plain_utc

LARGEST_KEY = 10**40
_FARTHEST_ZONE = timedelta(hours=15, minutes=59)  # PostgreSQL's


class Line(msgspec.Struct, frozen=True):
    """One observation, ready for the lake. `payload` is JSON; `rows` counts what it holds."""

    scope: str
    updated_at: str | None
    payload: bytes
    rows: int

    def json(self) -> bytes:
        """`{"s": scope, "u": updated_at, "p": payload, "n": rows}`."""
        return b'{"s":%b,"u":%b,"p":%b,"n":%d}' % (
            dumps(self.scope),
            dumps(self.updated_at),
            self.payload,
            self.rows,
        )


def usable_key(key: Any) -> str:
    """What names a record, as text. ValueError when it cannot."""
    if key.__class__ is int and abs(key) < LARGEST_KEY:
        return str(key)
    if key.__class__ is str and key and key.isprintable() and len(key) <= 500:
        return key
    raise ValueError


def instant(text: Any) -> str:
    """An ISO 8601 time with its zone; UTC where it names none. TypeError or ValueError when it is none."""
    moment = datetime.fromisoformat(text)
    if is_plain_utc(text):
        return f"{text[:19]}+00:00"
    if abs(moment.utcoffset() or timedelta()) > _FARTHEST_ZONE:
        raise ValueError("a zone that PostgreSQL does not know")
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
