"""Where a person can be found: every table of a database by its text, every file of the home.

A proof of erasure searches while what was erased is still known, and forgets it then: afterwards only keyed hashes
are left, by which free text cannot be searched. Keys can: `erased_keys_left` finds any key of anybody erased.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from psycopg import Connection, sql

from include.privacy import files
from include.privacy.files import Found
from include.privacy.marks import Marks
from include.privacy.suppression import key_hmacs, suppression_keys
from include.settings import Settings

BATCH = 1 << 20
OWN = ("pii.request",)
"""Holds the subject until the request is done."""


@dataclass(frozen=True)
class Searched:
    """What was found, and how much was looked into. `closed`: tables we may not read."""

    found: tuple[Found, ...]
    tables: int
    files: int
    closed: tuple[str, ...] = ()

    @property
    def places(self) -> str:
        """`raw.quarantine (2), file logs/*.log (1)`."""
        return ", ".join(map(str, self.found))


def everywhere(conn: Connection, settings: Settings, marks: Marks) -> Searched:
    """Search the database of a connection, and the home."""
    in_tables, tables, closed = database(conn, marks)
    in_files, looked = files.search(settings, marks)
    return Searched((*in_tables, *in_files), tables, looked, tuple(closed))


def database(conn: Connection, marks: Marks) -> tuple[list[Found], int, list[str]]:
    """Tables with a row that names the person, how many were searched, and those the role may not read.

    Every row passes through this process as text: Postgres itself would look for several values fifty times as long.
    """
    found: list[Found] = []
    closed: list[str] = []
    looked = 0
    for schema, table, has_bytes, may_read in _tables(conn):
        name = f"{schema}.{table}"
        if not may_read:
            closed.append(name)
        elif name not in OWN:
            looked += 1
            rows = _rows_with(conn, sql.Identifier(schema, table), marks, has_bytes)
            if rows:
                found.append(Found(name, rows))
    return found, looked, closed


def _rows_with(conn: Connection, table: sql.Identifier, marks: Marks, has_bytes: bool) -> int:
    # binary, for the text format would write a line's end as a letter
    text = sql.SQL("COPY (SELECT t::text FROM {} AS t) TO STDOUT (FORMAT binary)").format(table)
    found = 0
    with conn.cursor().copy(text) as rows:
        for batch in _batches(map(bytes, rows)):
            if marks.are_in(b" ".join(batch), has_bytes):
                found += sum(marks.are_in(row, has_bytes) for row in batch)
    return found


def _batches(rows: Iterable[bytes]) -> Iterator[list[bytes]]:
    """About a megabyte each."""
    batch: list[bytes] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += len(row)
        if size >= BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def keys(conn: Connection, wanted: Sequence[str]) -> Searched:
    """Where any of these keys stands as a key: for a whole store's people, of whom no text could be searched for all."""
    columns = _key_columns(conn)
    found = []
    for schema, table, column in columns:
        text = sql.SQL("SELECT count(*) FROM {} WHERE {} = ANY (%s)").format(
            sql.Identifier(schema, table), _expression(column)
        )
        row = conn.execute(text, [list(wanted)]).fetchone()
        if row and row[0]:
            found.append(Found(f"{schema}.{table}", row[0]))
    return Searched(tuple(found), len(columns), 0)


def erased_keys_left(conn: Connection, settings: Settings) -> list[Found]:
    """Tables that still know somebody erased by a key of theirs, found by the keyed hash alone."""
    return [Found(place, len(keys)) for place, keys in erased_keys(conn, settings)]


def erased_keys(conn: Connection, settings: Settings) -> Iterator[tuple[str, set[str]]]:
    """(schema.table.column, the keys in it of people who were erased), where there are any."""
    secrets = suppression_keys(settings)
    for schema, table, column in _key_columns(conn):
        text = sql.SQL("SELECT DISTINCT {} FROM {}").format(
            _expression(column), sql.Identifier(schema, table)
        )
        left = _erased(conn, secrets, [key for (key,) in conn.execute(text) if key])
        if left:
            yield f"{schema}.{table}.{column}", left


def _erased(conn: Connection, secrets: Sequence[bytes], told: Iterable[str]) -> set[str]:
    names = {digest: key for key in told for digest in key_hmacs(secrets, key)}
    rows = conn.execute(
        "SELECT hmac FROM pii.suppression WHERE hmac = ANY (%s) AND reason = 'erased'", [list(names)]
    ).fetchall()
    return {names[bytes(digest)] for (digest,) in rows}


def _tables(conn: Connection) -> list[tuple[str, str, bool, bool]]:
    """(schema, table, whether it holds bytes, whether we may read it)"""
    return conn.execute(
        "SELECT n.nspname, c.relname, EXISTS (SELECT FROM pg_attribute AS a WHERE a.attrelid = c.oid"
        "  AND a.atttypid IN ('bytea'::regtype, 'bytea[]'::regtype)),"
        " has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
        " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
        " AND n.nspname NOT LIKE 'pg_t%' ORDER BY 1, 2"
    ).fetchall()


def _key_columns(conn: Connection) -> list[tuple[str, str, str]]:
    return conn.execute(
        "SELECT n.nspname, c.relname, a.attname FROM pg_attribute AS a"
        " JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE NOT a.attisdropped AND (a.attname IN ('customer_key', 'alias_key')"
        "  OR (n.nspname = 'raw' AND a.attname = 'payload' AND c.relname <> 'quarantine'))"
        " AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 2, 3"
    ).fetchall()


def _expression(column: str) -> sql.Composable:
    return sql.SQL("payload ->> 'customer_key'") if column == "payload" else sql.Identifier(column)
