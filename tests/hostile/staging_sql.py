"""The SQL of staging models, and on which of a stream's records it breaks."""

from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import Connection

from include.privacy.line import Line
from include.sources.base import Stream
from include.warehouse.rows import content_hash


def reads(nodes: dict[str, Any], node: Any, stream: str) -> bool:
    return any(
        parent.endswith(f".{stream}")
        if parent.startswith("source.")
        else parent in nodes and reads(nodes, nodes[parent], stream)
        for parent in node.depends_on.nodes
    )


def down_to_raw(nodes: dict[str, Any], node: Any, stream: str) -> str:
    """A model's query with those of the models before it in the place of their tables."""
    sql: str = node.compiled_code
    for parent in node.depends_on.nodes:
        if parent in nodes and reads(nodes, nodes[parent], stream):
            sql = sql.replace(
                nodes[parent].relation_name or "", f"({down_to_raw(nodes, nodes[parent], stream)})"
            )
    return sql


def breaking(
    conn: Connection, source: str, stream: Stream, model: str, sql: str, lines: dict[str, Line]
) -> Iterator[tuple[str, str]]:
    """Which of these the model cannot read, and why: all at once, then by halves."""
    error = error_of(conn, source, stream, sql, list(lines.values())) if lines else ""
    if error and len(lines) == 1:
        yield f"{model}: {next(iter(lines))}", error
    elif error:
        names = list(lines)
        for half in (names[: len(names) // 2], names[len(names) // 2 :]):
            yield from breaking(conn, source, stream, model, sql, {name: lines[name] for name in half})


def error_of(conn: Connection, source: str, stream: Stream, sql: str, lines: list[Line]) -> str:
    """What Postgres says when the model reads these and nothing else; nothing stays."""
    table, days = (
        f"{source}_{stream.name}",
        (f"20{n // 336:02}-{n // 28 % 12 + 1:02}-{n % 28 + 1:02}" for n in range(33_000)),
    )
    try:
        with conn.transaction(force_rollback=True):
            account, load_id = conn.execute(
                "DELETE FROM raw.observation WHERE stream = %s RETURNING account, load_id", [table]
            ).fetchone() or ("", 0)
            conn.execute(f"DELETE FROM raw.{table}")
            for number, (line, day) in enumerate(zip(lines, days, strict=False)):
                scope = day if stream.kind == "statement" else f"odd-{number}"
                named = [account, scope, content_hash(line.payload)]
                conn.execute(
                    f"INSERT INTO raw.{table} (account, scope, content_hash, payload, row_count) VALUES (%s, %s, %s, %s, 1)",
                    [*named, line.payload.decode()],
                )
                conn.execute(
                    "INSERT INTO raw.observation VALUES (%s, %s, %s, %s, %s, now(), 1)",
                    [load_id, table, *named],
                )
            conn.execute(f"SELECT count(md5(t::text)) FROM ({sql}) AS t")
    except psycopg.Error as error:
        return str(error).splitlines()[0]
    return ""
