"""What actions and reports read: rows of `act` and `mart`, how fresh they are, and what in them is made up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import dict_row

from include.errors import Stop

Row = dict[str, Any]


@dataclass(frozen=True)
class Company:
    """The company as the warehouse knows it; `simulated` names inputs that are made up."""

    name: str
    timezone: str
    currency: str
    simulated: frozenset[str]

    def label(self, inputs: Iterable[str]) -> str | None:
        """`SIMULATED: parcels, stock` when any of these inputs is made up, else None."""
        made_up = sorted(self.simulated & set(inputs))
        return f"SIMULATED: {', '.join(made_up)}" if made_up else None


@dataclass(frozen=True)
class Freshness:
    """Whether the marts a thing rests on are of its day; `streams` are those that did not land."""

    streams: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        return bool(self.streams)

    @property
    def label(self) -> str | None:
        return f"STALE: {', '.join(self.streams)} did not arrive" if self.streams else None


def company(conn: Connection) -> Company:
    row = conn.execute("SELECT company, timezone, currency, simulated FROM ops.company").fetchone()
    if not row:
        raise Stop("ops.company is empty: migrate the warehouse")
    simulated = frozenset(name.strip() for name in row[3].split(",") if name.strip())
    return Company(row[0], row[1], row[2], simulated)


def freshness(conn: Connection, marts: Sequence[str]) -> Freshness:
    """Over the given marts and act models."""
    rows = query(
        conn,
        "SELECT stale_streams FROM mart.freshness WHERE is_stale AND mart_name = ANY (%s)",
        [list(marts)],
    )
    streams = {stream.strip() for row in rows for stream in (row["stale_streams"] or "").split(",")}
    return Freshness(tuple(sorted(stream for stream in streams if stream)))


def published_day(conn: Connection) -> date | None:
    """The newest day the marts describe."""
    row = conn.execute("SELECT max(as_of_day) FROM mart._publication").fetchone()
    return row[0] if row else None


def check_day(conn: Connection, day: date) -> None:
    """Stop unless the marts are of this day: actions are never taken on another's."""
    newest = published_day(conn)
    if newest != day:
        raise Stop(f"the marts are of {newest}, not of {day}: nothing is done on them")


def query(conn: Connection, text: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
    """Rows as dicts."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(text, values).fetchall()


def has(conn: Connection, table: str, *columns: str) -> bool:
    """Whether a published table ('mart.fct_orders') is there with all these columns: not before its first night."""
    row = conn.execute(
        "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = ANY (%s)",
        [table, list(columns)],
    ).fetchone()
    return row is not None and row[0] == len(columns)


def table(conn: Connection, schema: str, name: str) -> list[Row]:
    """A whole (small) table."""
    text = sql.SQL("SELECT * FROM {}").format(sql.Identifier(schema, name)).as_string(conn)
    return query(conn, text)
