"""Tables readers see: made from contracts, columns only ever added, comments kept equal to the docs."""

from collections.abc import Iterable

from psycopg import Connection, sql

from include.errors import Stop
from include.warehouse.contracts import Column, Table

# Room for updates on the page and early vacuums: published tables change a little every night.
STORAGE = sql.SQL("WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05)")


def create_missing_tables(conn: Connection, tables: Iterable[Table]) -> None:
    """Tables that do not exist yet; made in the publishing transaction, so nobody sees them empty."""
    existing = _columns(conn)
    for table in tables:
        if table.name in existing:
            continue
        columns = sql.SQL(", ").join(_definition(column) for column in table.columns)
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        conn.execute(
            sql.SQL("CREATE TABLE {} ({}, PRIMARY KEY ({})) {}").format(table.target, columns, key, STORAGE)
        )


def add_missing_columns(conn: Connection, tables: Iterable[Table]) -> None:
    """New columns, in a transaction of their own: adding one shuts readers out, so it must take a moment only.

    A column that left its contract stays, empty from now on. A column of another type raises Stop.
    """
    existing = _columns(conn)
    for table in tables:
        known = existing.get(table.name)
        if known is None:
            continue
        _refuse_other_types(conn, table, known)
        for column in table.columns:
            if column.name not in known:
                _alter(conn, table, "ADD COLUMN {} {}", column.name, sql.SQL(column.data_type))
        wanted = {column.name for column in table.columns if column.not_null}
        for name, (_, not_null) in known.items():
            if not_null and name not in wanted and name not in table.key:
                _alter(conn, table, "ALTER COLUMN {} DROP NOT NULL", name)


def comment(conn: Connection, tables: Iterable[Table]) -> None:
    """Comments on tables and columns, where they differ from the docs."""
    known = {
        (name, column): text
        for name, column, text in conn.execute(
            "SELECT format('%s.%s', n.nspname, c.relname), coalesce(a.attname, ''), d.description"
            " FROM pg_description AS d JOIN pg_class AS c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('mart', 'act')"
            " LEFT JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0"
        )
    }
    for table in tables:
        if table.description and known.get((table.name, "")) != table.description:
            conn.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(table.target, table.description))
        for column in table.columns:
            if column.description and known.get((table.name, column.name)) != column.description:
                name = sql.Identifier(table.schema, table.model, column.name)
                conn.execute(sql.SQL("COMMENT ON COLUMN {} IS {}").format(name, column.description))


def _columns(conn: Connection) -> dict[str, dict[str, tuple[str, bool]]]:
    """'schema.table' → column → (type, not null) of everything in mart and act."""
    found: dict[str, dict[str, tuple[str, bool]]] = {}
    for table, column, kind, not_null in conn.execute(
        "SELECT format('%s.%s', n.nspname, c.relname), a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull"
        " FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid AND c.relkind = 'r'"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname IN ('mart', 'act')"
        " WHERE a.attnum > 0 AND NOT a.attisdropped"
    ):
        found.setdefault(table, {})[column] = (kind, not_null)
    return found


def _refuse_other_types(conn: Connection, table: Table, known: dict[str, tuple[str, bool]]) -> None:
    for column in table.columns:
        if column.name not in known:
            continue
        row = conn.execute(
            "SELECT to_regtype(%s) IS DISTINCT FROM to_regtype(%s)", [column.data_type, known[column.name][0]]
        ).fetchone()
        if row and row[0]:
            raise Stop(
                f"{table.name}.{column.name} is {known[column.name][0]} and its contract now says "
                f"{column.data_type}: publish a new version beside it instead ({table.model}_v2)"
            )


def _definition(column: Column) -> sql.Composed:
    # Types come from our own YAML, where dbt has already created a table with them.
    kind = sql.SQL(column.data_type)
    constraint = sql.SQL(" NOT NULL" if column.not_null else "")
    return sql.SQL("{} {}{}").format(sql.Identifier(column.name), kind, constraint)


def _alter(conn: Connection, table: Table, change: str, column: str, *more: sql.Composable) -> None:
    action = sql.SQL(change).format(sql.Identifier(column), *more)
    conn.execute(sql.SQL("ALTER TABLE {} {}").format(table.target, action))
