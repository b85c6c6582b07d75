"""Spooled lines made ready for COPY: hashed, checked, in batches of bounded size.

A line is {"s": scope, "u": updated_at or null, "p": payload, "n": row count}. Payloads stay the bytes they
are: nothing is decoded but scope and time.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import orjson

BATCH_BYTES = 1 << 19
HASH_BYTES = 16
# No JSON text holds these unescaped, so COPY's CSV needs no escaping: 1 quotes, 2 parts the columns.
QUOTE, DELIMITER = "\x01", "\x02"


class Line(msgspec.Struct):
    """One line of a page."""

    s: str
    p: msgspec.Raw
    u: str | None = None
    n: int = 1


@dataclass(slots=True)
class Row:
    """One observation: `content_hash` is of the payload's bytes as they lie in the lake."""

    scope: str
    content_hash: bytes
    payload: bytes
    updated_at: str | None
    row_count: int


@dataclass(slots=True)
class Bad:
    """A line that cannot be loaded, and why. The line itself is not kept: it may not even be JSON."""

    scope: str | None
    field: str
    reason: str


@dataclass(slots=True)
class Batch:
    """About half a megabyte of lines."""

    rows: list[Row] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    nul_characters: int = 0


_INT = struct.Struct("!i").pack
_decode = msgspec.json.Decoder(Line).decode


def batches(lines: Iterable[bytes], limit: int = BATCH_BYTES) -> Iterator[Batch]:
    """Group lines into batches of about `limit` bytes of payload."""
    batch, size = Batch(), 0
    for line in lines:
        size += len(line)
        _add(batch, line)
        if size >= limit:
            yield batch
            batch, size = Batch(), 0
    if batch.rows or batch.bad:
        yield batch


def content_hash(payload: bytes) -> bytes:
    """The identity of a payload. The edge projection writes fields in a fixed order, so bytes suffice."""
    return hashlib.sha256(payload).digest()[:HASH_BYTES]


def _add(batch: Batch, line: bytes) -> None:
    try:
        found = _decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        batch.bad.append(Bad(None, "$", f"not a line of a page: {str(error)[:200]}"))
        return
    trouble = _trouble(found)
    if trouble:
        batch.bad.append(trouble)
        return
    payload = bytes(found.p)
    if b"\\u0000" in payload:
        payload, removed = _without_nul(payload)
        batch.nul_characters += removed
    batch.rows.append(Row(found.s, content_hash(payload), payload, found.u, found.n))


def _trouble(line: Line) -> Bad | None:
    if not line.s or not line.s.isprintable():
        return Bad(None, "s", "a scope must be printable text")
    if line.u is not None:
        try:
            datetime.fromisoformat(line.u)
        except ValueError:
            return Bad(line.s, "u", "the update time is not an ISO 8601 time")
    return None


def _without_nul(payload: bytes) -> tuple[bytes, int]:
    """Postgres cannot store the character U+0000 in text or jsonb; everything else of the record is kept."""
    removed = 0

    def clean(value: Any) -> Any:
        nonlocal removed
        if isinstance(value, str):
            removed += value.count("\0")
            return value.replace("\0", "")
        if isinstance(value, list):
            return [clean(item) for item in value]
        if isinstance(value, dict):
            return {clean(key): clean(item) for key, item in value.items()}
        return value

    cleaned = clean(orjson.loads(payload))
    # An escaped backslash before 'u0000' only looks like the character: then the bytes stay as they are.
    return (orjson.dumps(cleaned), removed) if removed else (payload, 0)


def raw_copy(rows: Iterable[Row], account: str) -> Iterator[bytes]:
    """PostgreSQL's binary COPY of account, scope, content_hash, payload and row_count: a jsonb is its text after a 1."""
    of_account = b"\0\5" + _sized(account.encode())
    yield b"PGCOPY\n\xff\r\n\0" + bytes(8)
    for row in rows:
        yield b"%b%b%b%b\1%b%b" % (
            of_account,
            _sized(row.scope.encode()),
            _sized(row.content_hash),
            _INT(len(row.payload) + 1),
            row.payload,
            _sized(_INT(row.row_count)),
        )
    yield b"\xff\xff"


def observed_copy(rows: Iterable[Row], before: str) -> Iterator[bytes]:
    """CSV of `before` (columns that are the same for all, with a delimiter after each), scope, content_hash, updated_at and
    row_count."""
    for row in rows:
        yield (
            f"{before}{row.scope}\x02\\x{row.content_hash.hex()}\x02{row.updated_at or ''}\x02{row.row_count}\n"
        ).encode()


def _sized(value: bytes) -> bytes:
    return _INT(len(value)) + value
