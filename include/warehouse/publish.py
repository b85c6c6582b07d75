"""From `build` to `mart` and `act`: every published table in one transaction, by difference.

Readers see yesterday until the commit and today after it, in all tables at once; tables are never
swapped, so their grants, comments, views and open transactions live on. Columns are only added.
"""

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from include.errors import GateFailed, Stop, Wait
from include.settings import Settings
from include.warehouse.connect import connect, trouble
from include.warehouse.contracts import Table, published_tables
from include.warehouse.definitions import add_missing_columns, comment, create_missing_tables
from include.warehouse.parts import index_parts, parts

log = logging.getLogger(__name__)

LOCK = 7_103_526_913
LOCK_TIMEOUT = "3s"
ATTEMPTS = 10
TOUCHED = (
    psycopg.errors.LockNotAvailable,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
)


@dataclass(frozen=True)
class Counts:
    """What a publication did to one table; `rows` is what it holds now."""

    rows: int
    added: int
    changed: int
    removed: int


@dataclass(frozen=True)
class Publication:
    """One publication; `tables` maps 'mart.name' to its counts."""

    publication_id: int
    build_id: int
    as_of_day: date
    published_at: datetime
    tables: dict[str, Counts]


def publish(settings: Settings, build_id: int, manifest: Mapping[str, Any]) -> Publication:
    """Publish a running build: all tables or none. `manifest` is dbt's, as a dict.

    Raises Stop when the build is not running any more or a contract breaks an existing table, GateFailed
    when rows break a key or a not-null promise, and Wait when readers hold a table for too long.
    """
    tables = published_tables(manifest)
    if not tables:
        raise Stop("no model of the manifest is published (config.meta.publish): nothing to publish")
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with trouble("publishing"), connect(settings, "publisher") as conn:
                publication = _publish(conn, build_id, tables)
            break
        except Locked:
            if attempt == ATTEMPTS:
                raise
            time.sleep(random.uniform(0.2, 0.5) * attempt)  # noqa: S311
    _analyse(settings, publication)
    log.info("build %s published for %s", build_id, publication.as_of_day)
    return publication


class Locked(Wait):
    """A reader holds what publishing needs; it lets go when its transaction ends."""


def _publish(conn: Connection, build_id: int, tables: list[Table]) -> Publication:
    try:
        conn.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        add_missing_columns(conn, tables)
        conn.commit()
        conn.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        conn.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        as_of_day, anew = _claim(conn, build_id)
        create_missing_tables(conn, tables)
        index_parts(conn, tables)
        known = {} if anew else _rows_before(conn)
        counts = {table.name: _kept_promises(conn, table, as_of_day, anew, known) for table in tables}
        comment(conn, tables)
        return _record(conn, build_id, as_of_day, counts)
    except TOUCHED as error:
        raise Locked(f"publishing: {error.diag.message_primary}") from None


def _claim(conn: Connection, build_id: int) -> tuple[date, bool]:
    """End the build as published; returns its day and whether it made everything anew.

    A builder that was taken over finds its row gone, and nothing is published.
    """
    row = conn.execute(
        "UPDATE ops.build SET status = 'published', ended_at = clock_timestamp()"
        " WHERE build_id = %s AND status = 'running' RETURNING as_of_day, full_refresh",
        [build_id],
    ).fetchone()
    if not row:
        raise Stop(f"build {build_id} is not running: it has ended or was taken over")
    return row


def _rows_before(conn: Connection) -> dict[str, int]:
    """How many rows the last publication left in each table, by name."""
    row = conn.execute("SELECT tables FROM mart._publication ORDER BY publication_id DESC LIMIT 1").fetchone()
    return {name: counts["rows"] for name, counts in row[0].items()} if row else {}


def _kept_promises(
    conn: Connection, table: Table, as_of_day: date, anew: bool, known: Mapping[str, int]
) -> Counts:
    """Bring a table, with its key and its not-null columns as database constraints."""
    try:
        return _bring(conn, table, as_of_day, anew, known)
    except psycopg.IntegrityError as error:
        raise GateFailed(f"{table.name} was not published: {error.diag.message_primary}") from None


def _bring(conn: Connection, table: Table, as_of_day: date, anew: bool, known: Mapping[str, int]) -> Counts:
    """Delete what is gone, insert what is new, update what is different, leave the rest alone.

    A history ('append') keeps every other day as it was known then: only rows of the as-of day take part,
    and days older than `keep_days` go. Of a table that knows what was touched only those rows take part, and its rows
    are those the last publication left (`known`), more or less: a long history is not counted each night.
    """
    changes = [_bring_part(conn, table, *part) for part in parts(conn, table, as_of_day, anew)]
    added, changed, removed = (sum(each) for each in zip(*changes, strict=True))
    removed += _forget(conn, table, as_of_day)
    if table.touched and table.name in known:
        return Counts(known[table.name] + added - removed, added, changed, removed)
    total = conn.execute(sql.SQL("SELECT count(*) FROM {}").format(table.target)).fetchone()
    assert total
    return Counts(total[0], added, changed, removed)


def _bring_part(
    conn: Connection, table: Table, part: sql.Composable, is_of_the_key: bool
) -> tuple[int, int, int]:
    """The rows that meet a condition; returns how many were added, changed and removed.

    Where the condition speaks of the key alone, a row and its successor meet it both, and the others need not be read.
    """
    columns = [sql.Identifier(column.name) for column in table.columns]
    words = {
        "target": table.target,
        "source": table.build,
        "part": part,
        "successors": part if is_of_the_key else sql.SQL("true"),
        "names": sql.SQL(", ").join(columns),
        "new": sql.SQL(", ").join(sql.SQL("new.{}").format(c) for c in columns),
        "old": sql.SQL(", ").join(sql.SQL("old.{}").format(c) for c in columns),
        "same_key": sql.SQL(" AND ").join(
            sql.SQL("old.{0} = new.{0}").format(sql.Identifier(name)) for name in table.key
        ),
    }
    removed = conn.execute(
        sql.SQL(
            "DELETE FROM {target} AS old WHERE {part} AND NOT EXISTS"
            " (SELECT FROM (SELECT * FROM {source} WHERE {successors}) AS new WHERE {same_key})"
        ).format(**words)
    ).rowcount
    row = conn.execute(
        sql.SQL(
            "WITH acted AS (MERGE INTO {target} AS old USING (SELECT {names} FROM {source} WHERE {part}) AS new"
            " ON {same_key}"
            " WHEN MATCHED AND ({old}) IS DISTINCT FROM ({new}) THEN UPDATE SET ({names}) = ROW({new})"
            " WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({new}) RETURNING merge_action() AS action)"
            " SELECT count(*) FILTER (WHERE action = 'INSERT'), count(*) FILTER (WHERE action = 'UPDATE') FROM acted"
        ).format(**words)
    ).fetchone()
    assert row
    return row[0], row[1], removed


def _forget(conn: Connection, table: Table, as_of_day: date) -> int:
    if not table.appends or not table.keep_days:
        return 0
    return conn.execute(
        sql.SQL("DELETE FROM {} WHERE {} <= %s::date - %s::int").format(
            table.target, sql.Identifier(table.by)
        ),
        [as_of_day, table.keep_days],
    ).rowcount


def _record(conn: Connection, build_id: int, as_of_day: date, counts: dict[str, Counts]) -> Publication:
    if "mart.freshness" in counts:
        conn.execute("UPDATE mart.freshness SET published_at = now()")
    row = conn.execute(
        "INSERT INTO mart._publication (build_id, as_of_day, tables) VALUES (%s, %s, %s)"
        " RETURNING publication_id, published_at",
        [build_id, as_of_day, Jsonb({name: asdict(count) for name, count in counts.items()})],
    ).fetchone()
    assert row
    return Publication(row[0], build_id, as_of_day, row[1], counts)


def _analyse(settings: Settings, publication: Publication) -> None:
    """Fresh statistics for tables that changed by a tenth or more; autovacuum sees to the rest."""
    with connect(settings, "publisher", autocommit=True) as conn:
        for name, count in publication.tables.items():
            if count.added + count.changed + count.removed > count.rows / 10:
                conn.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*name.split(".", 1))))
