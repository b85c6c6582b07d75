"""The matrix of docs/roles.md as data, and what is tried of it: one statement per cell, as the role itself.

A cell names what a role may do with an object, such as `select insert` or `update(status, status_reason)`; what it does
not name is denied, and tried as well.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import psycopg
from psycopg import Connection, sql

PAGE = Path(__file__).parents[2] / "docs" / "roles.md"
SCHEMAS = ("raw", "pii", "ops", "build", "mart", "act")
BY_COLUMN = {
    "select": "SELECT {column} FROM {table} LIMIT 0",
    "insert": "INSERT INTO {table} ({column}) VALUES (DEFAULT)",
    "update": "UPDATE {table} SET {column} = DEFAULT WHERE false",
}
WHOLE = {
    "delete": "DELETE FROM {table} WHERE false",
    "truncate": "TRUNCATE {table}",
    "analyze": "ANALYZE {table}",
    "alter": "ALTER TABLE {table} RENAME TO probe",
    "trigger": "CREATE TRIGGER probe BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()",
}
OF_VIEWS = {"select": BY_COLUMN["select"], "alter": "ALTER VIEW {table} RENAME TO probe"}
Cells = dict[str, str]
"""Role → what it may do."""


@cache
def matrix(section: str) -> dict[str, Cells]:
    """Object → role → cell, of one section of the page."""
    [text] = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rows}


@cache
def allowed(cell: str, deed: str, column: str = "") -> bool:
    """Whether a cell lets a role do this, to this column."""
    named = dict(re.findall(r"([a-z]+)(?:\(([^)]*)\))?", re.sub(r", ", ",", cell)))
    if "all" in named:
        return True
    return deed in named and (not named[deed] or column in named[deed].split(","))


def row_for(rows: dict[str, Cells], name: str) -> Cells | None:
    """The row of an object: its own, else the first pattern that fits."""
    return rows.get(name) or next((cells for row, cells in rows.items() if fnmatchcase(name, row)), None)


def relations(conn: Connection) -> list[tuple[str, bool, list[str]]]:
    """(schema.name, whether it is a view, columns) of every table and view of ours."""
    return conn.execute(
        "SELECT n.nspname || '.' || c.relname, c.relkind = 'v',"
        " array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = ANY (%s)"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relkind IN ('r', 'v', 'm', 'p', 'f') GROUP BY 1, 2 ORDER BY 1",
        [list(SCHEMAS)],
    ).fetchall()


def functions(conn: Connection) -> list[tuple[str, str]]:
    """(schema.name, a call with nothing but nulls) of every function of ours but triggers."""
    return conn.execute(
        "SELECT n.nspname || '.' || p.proname,"
        " format('SELECT %%I.%%I(%%s)', n.nspname, p.proname,"
        "   (SELECT string_agg('NULL::' || t::regtype::text, ', ') FROM unnest(p.proargtypes) AS t))"
        " FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace AND n.nspname = ANY (%s)"
        " WHERE p.prorettype <> 'trigger'::regtype ORDER BY 1",
        [list(SCHEMAS)],
    ).fetchall()


def sequences(conn: Connection) -> list[str]:
    return [
        name
        for (name,) in conn.execute(
            "SELECT schemaname || '.' || sequencename FROM pg_sequences WHERE schemaname = ANY (%s) ORDER BY 1",
            [list(SCHEMAS)],
        )
    ]


def probes(name: str, is_view: bool, columns: list[str]) -> Iterator[tuple[str, str, sql.Composed]]:
    """(deed, column, statement) of everything that is tried of a table or view."""
    table = sql.Identifier(*name.split("."))
    for deed, text in (OF_VIEWS if is_view else BY_COLUMN | WHOLE).items():
        for column in columns if "{column}" in text else [""]:
            yield deed, column, sql.SQL(text).format(table=table, column=sql.Identifier(column or "_"))


def works(conn: Connection, statement: sql.Composed | str) -> bool:
    """Whether the role of this connection may do it; undone again. What fails for another reason was allowed."""
    said: list[str] = []
    conn.add_notice_handler(notice := lambda diag: said.append(diag.message_primary or ""))
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(statement)  # type: ignore[arg-type]
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.errors.RaiseException as error:
        return "is not running" in str(
            error
        )  # what ops.hold_build says when it may look; else a trigger refuses
    except psycopg.Error:
        return True
    finally:
        conn.remove_notice_handler(notice)
    return not any("permission denied" in line for line in said)
