"""Rows on their way into raw, within the transaction of their load: until it commits nobody sees any of them.

Payloads go straight into their table, in PostgreSQL's binary format; what was read, and in which order, lies in a
temporary table of which the observations are made.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import psycopg
from psycopg import Connection, sql

from include.errors import Wait
from include.settings import Settings
from include.warehouse.erased import Erased
from include.warehouse.rows import DELIMITER, QUOTE, Bad, Batch, Row, raw_copy, staged_copy

CSV = f"(FORMAT csv, QUOTE E'\\x{ord(QUOTE):02x}', DELIMITER E'\\x{ord(DELIMITER):02x}')"
SELDOM = 32
"""Batches after which raw is asked again whether it knows what comes, when it did not know the last."""

Name = tuple[str, bytes]
"""Scope and content hash: what names a payload of an account."""


class Outdated(Wait):
    """Raw has lost a payload since it was found there, or somebody was erased: load again from the lake."""


class Staging:
    """What was read of one stream of one account, in the order it was read. `conn` is in the transaction of the load.

    `bad` is what Postgres could not store, `added` counts the payloads raw lacked, `size` the bytes and `nuls` the U+0000
    characters removed. `of` names source, stream and account.
    """

    def __init__(self, conn: Connection, settings: Settings, of: Mapping[str, Any]):
        self._conn, self._account = conn, of["account"]
        self._table = sql.Identifier("raw", f"{of['source']}_{of['stream']}")
        self._erased = Erased(conn, settings, of["source"], of["stream"])
        self._place = self._known = self._pass_over = self._patience = 0
        self.bad: list[Bad] = []
        self.added = self.size = self.nuls = 0
        conn.execute(
            "CREATE TEMP TABLE staged (place bigint, scope text, content_hash bytea, source_updated_at timestamptz,"
            " row_count int, known boolean) ON COMMIT DROP"
        )

    @property
    def erased(self) -> int:
        """How many records were left out because they are erased people."""
        return len(self._erased.dropped)

    def add(self, batch: Batch) -> None:
        """Copy a batch in. What Postgres refuses is put aside; what raw knows already, or has just been read, is not sent
        again; then the rest is copied once more."""
        self.bad += batch.bad
        self.nuls += batch.nul_characters
        rows = self._erased.removed_from(batch.rows)
        try:
            self._copy(rows, self._usually_known(rows))
        except (psycopg.DataError, psycopg.errors.UniqueViolation, UnicodeDecodeError):
            rows, refused = _told_apart(self._conn, rows)
            self.bad += refused
            self._copy(rows, self._asked(rows))

    def settle(self) -> None:
        """What was found out batch by batch still holds; else Outdated."""
        if self._lost_any() or not self._erased.still_holds():
            raise Outdated("raw has changed since its payloads were looked for")

    def _lost_any(self) -> bool:
        """Whether a payload that need not be sent, for raw held it, is there no more."""
        if not self._known:
            return False
        row = self._conn.execute(
            sql.SQL(
                "SELECT EXISTS (SELECT FROM staged WHERE known AND (SELECT true FROM {} AS held"
                " WHERE held.account = %s AND held.scope = staged.scope"
                " AND held.content_hash = staged.content_hash) IS NULL)"
            ).format(self._table),
            [self._account],
        ).fetchone()
        return row == (True,)

    def _copy(self, rows: list[Row], known: Collection[Name]) -> None:
        named = {(row.scope, row.content_hash): row for row in rows}
        new = [row for name, row in named.items() if name not in known]
        into_raw = sql.SQL(
            "COPY {} (account, scope, content_hash, payload, row_count) FROM STDIN (FORMAT binary)"
        ).format(self._table)
        with self._conn.transaction():
            self._send(into_raw, raw_copy(new, self._account))
            self._send(sql.SQL(f"COPY staged FROM STDIN {CSV}"), staged_copy(rows, known, self._place))
        self._place += len(rows)
        self.added += len(new)
        self.size += sum(len(row.payload) for row in rows)

    def _send(self, command: sql.SQL | sql.Composed, lines: Iterable[bytes]) -> None:
        with self._conn.cursor().copy(command) as copy:
            for chunk in _chunks(lines):
                copy.write(chunk)

    def _usually_known(self, rows: list[Row]) -> Collection[Name]:
        """What raw is known to hold of these. A first load is full of news, and a night full of repetitions: while nothing
        is known, asking is passed over more and more often."""
        if self._pass_over:
            self._pass_over -= 1
            return ()
        known = self._asked(rows)
        self._patience = 0 if len(known) * 8 > len(rows) else min(SELDOM, 2 * self._patience + 1)
        self._pass_over = self._patience
        return known

    def _asked(self, rows: list[Row]) -> Collection[Name]:
        found = self._conn.execute(
            sql.SQL(
                "SELECT at FROM unnest(%s::text[], %s::bytea[]) WITH ORDINALITY AS seen (scope, content_hash, at)"
                " WHERE (SELECT true FROM {} AS held WHERE held.account = %s AND held.scope = seen.scope"
                " AND held.content_hash = seen.content_hash)"
            ).format(self._table),
            [[row.scope for row in rows], [row.content_hash for row in rows], self._account],
        ).fetchall()
        self._known += len(found)
        return {(rows[at - 1].scope, rows[at - 1].content_hash) for (at,) in found}


def _chunks(lines: Iterable[bytes], size: int = 1 << 17) -> Iterator[bytes]:
    waiting: list[bytes] = []
    held = 0
    for line in lines:
        waiting.append(line)
        held += len(line)
        if held >= size:
            yield b"".join(waiting)
            waiting, held = [], 0
    yield b"".join(waiting)


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
