"""What must be the same after a fault and one retry as without any fault: every row, byte by byte."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from include import lake
from include.sandbox import credentials
from include.settings import Settings, read_secrets
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.connect import connect_admin

Rows = list[tuple[Any, ...]]

STATE = {
    "loads": """
        SELECT source, account, stream, kind, mode, window_start, window_end, complete, source_total, records,
            new_payloads, quarantined, bytes, status
        FROM raw.load_log ORDER BY source, account, stream, window_start, window_end, mode""",
    "observations": """
        SELECT seen.stream, seen.account, seen.scope, seen.content_hash, seen.source_updated_at, seen.row_count
        FROM raw.observation AS seen JOIN raw.load_log USING (load_id)
        ORDER BY seen.stream, seen.account, seen.scope, window_end, window_start, mode, seen.content_hash""",
    "cursors": "SELECT source, account, stream, landed_until FROM ops.cursor ORDER BY 1, 2, 3",
    "people": """
        SELECT customer_key, source, account, vendor_id, email, phone, first_name, last_name, country, updated_at
        FROM pii.customer ORDER BY source, account, vendor_id""",
    "identities": "SELECT alias_key, customer_key FROM ops.customer_alias ORDER BY 1, 2",
    "consents": "SELECT customer_key, purpose, granted, source FROM pii.consent_now ORDER BY 1, 2, 3, 4",
    "quarantine": "SELECT source, account, stream, scope, field, reason FROM raw.quarantine ORDER BY 1, 2, 3, 4, 5, 6",
    "drift": "SELECT source, stream, path, json_type, times FROM raw.drift ORDER BY 1, 2, 3, 4",
}
BROKEN = {
    "a cursor is ahead of its data": """
        SELECT * FROM ops.cursor AS c WHERE landed_until > (
            SELECT max(window_end) FROM raw.load_log AS l
            WHERE (l.source, l.account, l.stream) = (c.source, c.account, c.stream) AND complete AND mode = 'nightly')""",
    "an observation without its load": """
        SELECT * FROM raw.observation WHERE load_id NOT IN (SELECT load_id FROM raw.load_log)""",
    "two builds at once": "SELECT FROM ops.build WHERE status = 'running' HAVING count(*) > 1",
}
GUARD = """
    CREATE FUNCTION ops.no_way_back() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the cursor of % would go back', OLD.stream; END $$;
    CREATE TRIGGER no_way_back BEFORE UPDATE ON ops.cursor FOR EACH ROW
        WHEN (NEW.landed_until < OLD.landed_until) EXECUTE FUNCTION ops.no_way_back();
"""
SECRET = re.compile(r"password|token|secret|key|dsn|webhook", re.IGNORECASE)
SANDBOX_SECRETS = {
    value for name, value in vars(credentials).items() if SECRET.search(name) and len(str(value)) > 12
}


def state(settings: Settings) -> dict[str, Rows]:
    """Everything that was loaded, without ids and clocks: equal for two warehouses that were told the same."""
    with connect_admin(settings, settings.database) as conn:
        found = {name: conn.execute(query).fetchall() for name, query in STATE.items()}
        for (table,) in conn.execute(
            "SELECT DISTINCT source || '_' || stream FROM raw.load_log ORDER BY 1"
        ).fetchall():
            query = "SELECT account, scope, content_hash, payload::text, row_count FROM {} ORDER BY 1, 2, 3"
            found[table] = conn.execute(sql.SQL(query).format(sql.Identifier("raw", table))).fetchall()
    return found


def newest(settings: Settings) -> Rows:
    """The version of each record that counts, with its payload."""
    with connect_admin(settings, settings.database) as conn:
        found: Rows = []
        for (table,) in conn.execute("SELECT DISTINCT stream FROM raw.observation ORDER BY 1").fetchall():
            query = """
                SELECT * FROM (SELECT DISTINCT ON (seen.account, seen.scope) %s, seen.account, seen.scope,
                    seen.row_count, held.payload::text
                FROM raw.observation AS seen JOIN raw.load_log AS load USING (load_id)
                JOIN {} AS held
                    ON (held.account, held.scope, held.content_hash) = (seen.account, seen.scope, seen.content_hash)
                WHERE seen.stream = %s AND load.complete
                ORDER BY seen.account, seen.scope, seen.source_updated_at DESC NULLS LAST, load.epoch DESC) AS n
                ORDER BY 2, 3"""
            found += conn.execute(
                sql.SQL(query).format(sql.Identifier("raw", table)), [table, table]
            ).fetchall()
    return found


def notes(settings: Settings) -> list[tuple[str, str]]:
    """The note of the newest version of each order."""
    query = """
        SELECT DISTINCT ON (seen.scope) seen.scope, held.payload ->> 'note'
        FROM raw.observation AS seen JOIN raw.load_log AS load USING (load_id)
        JOIN raw.shopify_orders AS held
            ON (held.account, held.scope, held.content_hash) = (seen.account, seen.scope, seen.content_hash)
        ORDER BY seen.scope, seen.source_updated_at DESC NULLS LAST, load.epoch DESC"""
    with connect_admin(settings, settings.database) as conn:
        return conn.execute(query).fetchall()


def differences(settings: Settings, truth: dict[str, Rows]) -> list[str]:
    """What is lost, doubled or otherwise, in words; and what must never be."""
    ours = state(settings)
    told = [
        f"{name}: {len(ours.get(name, []))} rows instead of {len(rows)}, or others"
        for name, rows in truth.items()
        if ours.get(name, []) != rows
    ]
    return told + broken(settings) + untidy(settings)


def broken(settings: Settings) -> list[str]:
    """Promises that no order of events may break."""
    with connect_admin(settings, settings.database) as conn:
        return [words for words, query in BROKEN.items() if conn.execute(query).fetchall()]


def untidy(settings: Settings) -> list[str]:
    """Files of the lake that no manifest knows, or the other way round, once the house was swept."""
    lake.sweep(settings.lake, datetime.now(UTC) + timedelta(seconds=1))
    root = Path(settings.lake.removeprefix("file://"))
    known: set[str] = set()
    for uri in lake.manifests(settings.lake):
        told = lake.read_manifest(uri)
        known |= {"manifest.json", *(page["name"] for page in told["pages"])}
        known |= {told["quarantined"]} - {None}
    there = {file.name for file in root.rglob("*") if file.is_file()} if root.exists() else set()
    return [f"the lake: {name} is not in both, folder and manifest" for name in sorted(known ^ there)]


def marts(settings: Settings) -> tuple[Rows, Rows]:
    """What a reader sees of the small marts, in one look."""
    with psycopg.connect(settings.dsn("reader")) as conn:
        return marts_by(conn)


def marts_by(reader: psycopg.Connection) -> tuple[Rows, Rows]:
    """The same by a reader who is connected already."""
    reader.rollback()
    reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    orders = reader.execute("SELECT * FROM mart.mart_orders ORDER BY scope").fetchall()
    return orders, reader.execute("SELECT * FROM mart.mart_totals").fetchall()


def secrets_in(folders: Iterable[Path], settings: Settings, more: Iterable[str] = ()) -> list[str]:
    """Which secrets of the home, or others, stand in any file of these folders."""
    canaries = {
        *more,
        *(value for name, value in read_secrets(settings.secrets_file).items() if SECRET.search(name)),
    }
    found = []
    for folder in folders:
        for file in folder.rglob("*"):
            text = file.read_bytes() if file.is_file() else b""
            found += [f"{file.name}: {canary[:4]}…" for canary in canaries if canary.encode() in text]
    return found


def forbid_cursors_to_go_back(postgres: EmbeddedPostgres, database: str) -> None:
    """From now on any step back of a cursor is an error of the statement that takes it."""
    with psycopg.connect(postgres.dsn(database), autocommit=True) as conn:
        conn.execute(GUARD)
