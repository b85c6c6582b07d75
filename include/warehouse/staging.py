"""Rows on their way into raw: in a temporary table, which nobody sees but the session that fills it.

Filling it takes no lock and needs no transaction, so it may be done while a slow vendor is still being read. Nothing
of it is loaded before `store`, which belongs to the transaction that writes down the load.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.pq import TransactionStatus

from include.errors import Wait
from include.settings import Settings
from include.warehouse.erased import Erased
from include.warehouse.rows import DELIMITER, QUOTE, Bad, Batch, Row, staged_copy

CSV = f"(FORMAT csv, QUOTE E'\\x{ord(QUOTE):02x}', DELIMITER E'\\x{ord(DELIMITER):02x}')"
SELDOM = 32
"""Batches after which raw is asked again whether it knows what comes, when it did not know the last."""


class Outdated(Wait):
    """Raw has lost a payload since it was found there, or somebody was erased: load again from the lake."""


class Staging:
    """What was read of one stream of one account, in the order it was read.

    `bad` is what Postgres could not store, `size` the bytes and `nuls` the U+0000 characters removed. `of` names source,
    stream and account.
    """

    def __init__(self, conn: Connection, settings: Settings, of: Mapping[str, Any]):
        self._conn, self._account = conn, of["account"]
        self._table = sql.Identifier("raw", f"{of['source']}_{of['stream']}")
        self._erased = Erased(conn, settings, of["source"], of["stream"])
        self._place = self._known = self._pass_over = self._patience = 0
        self.bad: list[Bad] = []
        self.size = self.nuls = 0
        conn.execute(
            "CREATE TEMP TABLE staged (place bigint, scope text, content_hash bytea, source_updated_at timestamptz,"
            " row_count int, payload jsonb STORAGE EXTERNAL)"
        )

    @property
    def erased(self) -> int:
        """How many records were left out because they are erased people."""
        return len(self._erased.dropped)

    def add(self, batch: Batch) -> None:
        """Copy a batch in; what Postgres refuses is put aside and the rest is copied again."""
        self.bad += batch.bad
        self.nuls += batch.nul_characters
        rows = self._erased.removed_from(batch.rows)
        try:
            with _undone_alone(self._conn):
                self._copy(rows)
        except (psycopg.DataError, UnicodeDecodeError):
            rows, refused = _told_apart(self._conn, rows)
            self.bad += refused
            self._copy(rows)
        self._place += len(rows)
        self.size += sum(len(row.payload) for row in rows)

    def store(self) -> int:
        """Bring into raw the payloads it lacks; returns how many. Outdated when what was known before no longer is."""
        added = self._conn.execute(
            sql.SQL(
                "INSERT INTO {} (account, scope, content_hash, payload, row_count)"
                " SELECT %s, scope, content_hash, payload, row_count FROM staged WHERE payload IS NOT NULL"
                " ON CONFLICT DO NOTHING"
            ).format(self._table),
            [self._account],
        ).rowcount
        if self._lost_any() or not self._erased.still_holds():
            raise Outdated("raw has changed since its payloads were looked for")
        return added

    def _lost_any(self) -> bool:
        """Whether a payload that need not be sent, for raw held it, is there no more."""
        if not self._known:
            return False
        row = self._conn.execute(
            sql.SQL(
                "SELECT EXISTS (SELECT FROM staged WHERE payload IS NULL AND (SELECT true FROM {} AS held"
                " WHERE held.account = %s AND held.scope = staged.scope"
                " AND held.content_hash = staged.content_hash) IS NULL)"
            ).format(self._table),
            [self._account],
        ).fetchone()
        return row == (True,)

    def _copy(self, rows: list[Row]) -> None:
        known = self._stored(rows)
        with self._conn.cursor().copy(f"COPY staged FROM STDIN {CSV}") as copy:
            for chunk in _chunks(staged_copy(rows, known, self._place)):
                copy.write(chunk)

    def _stored(self, rows: list[Row]) -> set[int]:
        """Which of these rows' payloads raw is known to hold: they need not be sent. A first load is full of news, and
        a night full of repetitions: while nothing is known, asking is passed over more and more often."""
        if self._pass_over:
            self._pass_over -= 1
            return set()
        found = self._conn.execute(
            sql.SQL(
                "SELECT at FROM unnest(%s::text[], %s::bytea[]) WITH ORDINALITY AS seen (scope, content_hash, at)"
                " WHERE (SELECT true FROM {} AS held WHERE held.account = %s AND held.scope = seen.scope"
                " AND held.content_hash = seen.content_hash)"
            ).format(self._table),
            [[row.scope for row in rows], [row.content_hash for row in rows], self._account],
        ).fetchall()
        self._known += len(found)
        self._patience = 0 if len(found) * 8 > len(rows) else min(SELDOM, 2 * self._patience + 1)
        self._pass_over = self._patience
        return {at - 1 for (at,) in found}


def _undone_alone(conn: Connection) -> AbstractContextManager[Any]:
    """Within a transaction a savepoint: what fails inside undoes nothing else. Outside each statement stands alone."""
    busy = conn.info.transaction_status == TransactionStatus.INTRANS
    return conn.transaction() if busy else nullcontext()


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
