"""What a warehouse's tables hold, row by row, and how two such states differ, in words."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from psycopg import sql

from include.settings import Settings
from include.warehouse.connect import connect_admin

Row = tuple[tuple[str, str | None], ...]
Tables = dict[str, Counter[Row]]

PASSING = ("base_", "int_touched__")
"""Tables of `build` that hold only what the running build has touched: they are no state."""
LATER = {"published_at", "publication_id"}
"""Columns that tell when somebody published, and not what."""
SHOWN = 4


def contents(settings: Settings, schemas: tuple[str, ...] = ("build", "mart", "act")) -> Tables:
    """Every table of these schemas; a row is its columns' texts, as Postgres writes them."""
    with connect_admin(settings, settings.database) as conn:
        names = conn.execute(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
            " AND table_schema = ANY (%s) ORDER BY 1, 2",
            [list(schemas)],
        ).fetchall()
        return {
            f"{schema}.{name}": _rows(conn, schema, name)
            for schema, name in names
            if not name.startswith(("_", *PASSING))
        }


def _rows(conn: Any, schema: str, name: str) -> Counter[Row]:
    columns = [
        column
        for (column,) in conn.execute(
            "SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = (%s, %s)"
            " ORDER BY ordinal_position",
            [schema, name],
        )
        if column not in LATER
    ]
    texts = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(column)) for column in columns)
    found = conn.execute(sql.SQL("SELECT {} FROM {}").format(texts, sql.Identifier(schema, name)))
    return Counter(tuple(zip(columns, row, strict=True)) for row in found)


def differences(nightly: Tables, refreshed: Tables, keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    """One line for each table that differs and some lines for its rows; `keys` name the published tables' keys."""
    said = []
    for table in sorted(nightly.keys() | refreshed.keys()):
        ours, theirs = nightly.get(table, Counter()), refreshed.get(table, Counter())
        if ours != theirs:
            said += _told(table, ours - theirs, theirs - ours, keys.get(table.split(".")[1], ()))
    return said


def _told(table: str, ours: Counter[Row], theirs: Counter[Row], key: tuple[str, ...]) -> list[str]:
    """Rows of the same key are told by the columns in which they differ, others whole."""
    said = [f"{table}: {ours.total()} rows only by nights, {theirs.total()} only by a full refresh"]
    key = key or _likely_key([*ours, *theirs])
    mine, yours = _by(key, ours), _by(key, theirs)
    for who in sorted(mine.keys() | yours.keys(), key=str)[:SHOWN]:
        name = ", ".join(f"{column}={value}" for column, value in zip(key, who, strict=True))
        left, right = mine.get(who), yours.get(who)
        if left and right:
            other = [f"{c}: {left[c]} / {right[c]}" for c in left if left[c] != right[c]]
            said.append(f"    {name}: {'; '.join(other) or 'more than once'}")
        else:
            row = {c: v for c, v in (left or right or {}).items() if v is not None and c not in key}
            said.append(f"    {name} only {'by nights' if left else 'by a full refresh'}: {row}"[:600])
    return said


def _by(key: tuple[str, ...], rows: Counter[Row]) -> dict[tuple[str | None, ...], dict[str, str | None]]:
    return {tuple(dict(row)[column] for column in key): dict(row) for row in rows}


def _likely_key(rows: list[Row]) -> tuple[str, ...]:
    """The fewest first columns that look like names: enough to recognise a row by."""
    columns = [column for column, _ in rows[0]]
    named = [c for c in columns if c.endswith(("_id", "_date", "_key", "sku", "_day", "month"))]
    return tuple(named[:3] or columns[:2])
