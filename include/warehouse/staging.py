"""Rows on their way into raw, within the transaction of their load: until it commits nobody sees any of them.

Payloads go straight into their table, in PostgreSQL's binary format. So do the observations of an extraction that goes on,
and most never need more; what tells of a record twice is read from the lake, by way of a temporary table.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from include.errors import Wait
from include.settings import Settings
from include.warehouse.erased import Erased
from include.warehouse.held import Held
from include.warehouse.rows import DELIMITER, QUOTE, Bad, Batch, Row, observed_copy, raw_copy

CSV = f"(FORMAT csv, QUOTE E'\\x{ord(QUOTE):02x}', DELIMITER E'\\x{ord(DELIMITER):02x}')"
SELDOM = 32
"""Batches after which raw is asked again whether it knows what comes, when it did not know the last."""

OBSERVATION: LiteralString = (
    "raw.observation (load_id, stream, account, scope, content_hash, source_updated_at, row_count)"
)
WINNERS: LiteralString = (
    "SELECT DISTINCT ON (scope) scope, content_hash, source_updated_at, row_count FROM staged"
    " ORDER BY scope, source_updated_at DESC NULLS LAST, place DESC"
)
"""A record read twice counts once: its newest version, then the last read."""

STAGED: LiteralString = "staged (scope, content_hash, source_updated_at, row_count)"

Name = tuple[str, bytes]
"""Scope and content hash: what names a payload of an account."""


class Outdated(Wait):
    """Raw has lost a payload since it was found there, or somebody was erased: load again from the lake."""


class Staging:
    """What was read of one stream of one account, in the order it was read. `conn` is in the transaction of the load.

    `load_id` is what the load will be called. `bad` is what Postgres could not store, `added` counts the payloads raw lacked, `size`
    the bytes and `nuls` the U+0000 characters removed. `of` names source, stream, account and epoch.
    """

    def __init__(self, conn: Connection, settings: Settings, of: Mapping[str, Any], straight: bool = False):
        self._conn, self._account, self._straight = conn, of["account"], straight
        self._stream = f"{of['source']}_{of['stream']}"
        self._table = sql.Identifier("raw", self._stream)
        self._erased = Erased(conn, settings, of)
        self._rows = self._known = self._pass_over = self._patience = 0
        self.bad: list[Bad] = []
        self.added = self.size = self.nuls = 0
        self.load_id = self._next_load()
        self._before = f"{self.load_id}\x02{self._stream}\x02{self._account}\x02" if straight else ""
        self._observed = sql.SQL(OBSERVATION if straight else STAGED)
        self._seen = (
            sql.SQL("raw.observation WHERE load_id = {}").format(self.load_id)
            if straight
            else sql.SQL("staged")
        )
        self._held = Held(conn, self._table, self._account)
        if not straight:
            conn.execute(
                "CREATE TEMP TABLE staged (place bigint GENERATED ALWAYS AS IDENTITY, scope text, content_hash bytea,"
                " source_updated_at timestamptz, row_count int) ON COMMIT DROP"
            )

    @property
    def erased(self) -> int:
        """How many records were left out because they are erased people."""
        return len(self._erased.dropped)

    def add(self, batch: Batch) -> None:
        """Copy a batch in. What Postgres refuses is put aside; what raw knows already, or has just been read, is not sent
        again; then the rest is copied once more. UniqueViolation when a `straight` one meets two versions of a record."""
        self.bad += batch.bad
        self.nuls += batch.nul_characters
        rows = self._erased.removed_from(batch.rows)
        try:
            self._copy(rows, self._usually_known(rows))
        except (psycopg.DataError, psycopg.errors.UniqueViolation, UnicodeDecodeError):
            rows, refused = _told_apart(self._conn, rows)
            self.bad += refused
            self._copy(self._unobserved(rows) if self._straight else rows, self._asked(rows))
        self.size += sum(len(row.payload) for row in rows)

    def settle(self) -> None:
        """What was found out batch by batch still holds; else Outdated."""
        if (self._known and self._held.lacks_any(self._seen)) or not self._erased.still_holds():
            raise Outdated("raw has changed since its payloads were looked for")

    def observe(self) -> int:
        """Have every record observed once; returns how many rows were."""
        if self._straight:
            return self._rows
        row = self._conn.execute(
            f"WITH seen AS (INSERT INTO {OBSERVATION} SELECT %s, %s, %s, * FROM ({WINNERS}) RETURNING row_count)"
            " SELECT coalesce(sum(row_count), 0) FROM seen",
            [self.load_id, self._stream, self._account],
        ).fetchone()
        assert row
        return row[0]

    def observe_again(self, load_id: int) -> int:
        """Put back what raw has lost of a load that was staged once more; returns how many observations."""
        return self._conn.execute(
            f"INSERT INTO {OBSERVATION} SELECT %s, %s, %s, * FROM ({WINNERS}) ON CONFLICT DO NOTHING",
            [load_id, self._stream, self._account],
        ).rowcount

    def _next_load(self) -> int:
        row = self._conn.execute("SELECT nextval('raw.load_log_load_id_seq')").fetchone()
        assert row
        return row[0]

    def _copy(self, rows: list[Row], known: Collection[Name]) -> None:
        named = {(row.scope, row.content_hash): row for row in rows}
        new = [row for name, row in named.items() if name not in known]
        into_raw = sql.SQL(
            "COPY {} (account, scope, content_hash, payload, row_count) FROM STDIN (FORMAT binary)"
        ).format(self._table)
        with self._conn.transaction():
            self._send(into_raw, raw_copy(new, self._account))
            self._send(
                sql.SQL(f"COPY {{}} FROM STDIN {CSV}").format(self._observed),
                observed_copy(rows, self._before),
            )
        self._rows += sum(row.row_count for row in rows)
        self.added += len(new)

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
        found = self._held.payloads_of(rows)
        self._known += len(found)
        return {(rows[at].scope, rows[at].content_hash) for at in found}

    def _unobserved(self, rows: list[Row]) -> list[Row]:
        """The rows without what this load has heard before word for word, as on a page that was told twice."""
        once = list({(row.scope, row.content_hash, row.updated_at): row for row in rows}.values())
        heard = self._held.observations_of(once, self.load_id)
        return [row for at, row in enumerate(once) if at not in heard]


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
