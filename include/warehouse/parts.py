"""Which rows of a published table a publication compares, and the indexes by which it finds them among all others."""

from collections.abc import Iterable, Iterator
from datetime import date

from psycopg import Connection, sql

from include.warehouse.contracts import Table


def parts(conn: Connection, table: Table, as_of_day: date, anew: bool) -> list[tuple[sql.Composable, bool]]:
    """Which rows take part: those of the as-of day, those touched in any way, or all; as conditions on a row, and whether
    each speaks of the key alone."""
    if table.appends:
        condition = sql.SQL("{} = {}").format(sql.Identifier(table.by), as_of_day)
        return [(condition, table.by in table.key)]
    if anew or not table.touched:
        return [(sql.SQL("true"), True)]
    return [_listed(conn, table, model) for model in table.touched]


def index_parts(conn: Connection, tables: Iterable[Table]) -> None:
    """An index for every list of what was touched, and on the day of every table that has one in its key, behind what it is
    the day of: readers ask for some weeks of all shelves, and so does the gate. Making one keeps no reader waiting."""
    known = {
        name
        for (name,) in conn.execute("SELECT indexname FROM pg_indexes WHERE schemaname IN ('mart', 'act')")
    }
    for table in tables:
        for columns in dict.fromkeys(_asked_for(conn, table)):
            name = "_".join((table.model, *columns))[:63]
            if name in known or columns == table.key[: len(columns)]:
                continue
            conn.execute(
                sql.SQL("CREATE INDEX {} ON {} ({})").format(
                    sql.Identifier(name), table.target, _names(columns)
                )
            )


def _asked_for(conn: Connection, table: Table) -> Iterator[tuple[str, ...]]:
    days = {column.name for column in table.columns if column.data_type == "date"}
    yield from ((name,) for name in table.key[1:] if name in days)
    yield from (_common(conn, table, model) for model in table.touched)


def _listed(conn: Connection, table: Table, model: str) -> tuple[sql.Composable, bool]:
    """The rows of a table that a model lists."""
    common = _common(conn, table, model)
    condition = sql.SQL("({by}) IN (SELECT {by} FROM {listed})").format(
        by=_names(common), listed=sql.Identifier(table.built_in, model)
    )
    return condition, set(common) <= set(table.key)


def _common(conn: Connection, table: Table, model: str) -> tuple[str, ...]:
    """The columns a table has in common with a model that lists what was touched of it, in the list's order."""
    ours = {column.name for column in table.columns}
    theirs = conn.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " ORDER BY attnum",
        [f"{table.built_in}.{model}"],
    ).fetchall()
    return tuple(name for (name,) in theirs if name in ours)


def _names(columns: Iterable[str]) -> sql.Composable:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
