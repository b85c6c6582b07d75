"""Bring the warehouse up to date: database, roles, schemas, numbered SQL, one payload table per stream.

Safe to run at any time and twice at once: everything happens under one lock of the whole server.
"""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import Connection, sql

from include.errors import Stop
from include.settings import Settings
from include.warehouse import tokens
from include.warehouse.connect import connect_admin
from include.warehouse.roles import PASSWORDS, ensure_database, ensure_roles, grant_database

log = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parent / "migrations"
SECRETS = (*PASSWORDS, "customer_key", "suppression", tokens.KEY)
LOCK = 7_103_526_911


def migrate(settings: Settings, streams: Iterable[tuple[str, str]] | None = None) -> list[str]:
    """Apply what is missing; returns the names of the migrations applied now.

    `streams` are (source, stream) pairs to make payload tables for; by default all of the registry.
    Needs the superuser of `admin_dsn`. Raises Stop when an applied migration's text has changed.
    """
    settings.ensure_secrets(SECRETS)
    with connect_admin(settings) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        ensure_roles(server, settings)
        ensure_database(server, settings.database)
        grant_database(server, settings.database)
        with connect_admin(settings, settings.database) as conn:
            applied = _apply_missing(conn)
            _payload_tables(conn, registry_streams() if streams is None else streams)
            _company(conn, settings)
    if applied:
        log.info("warehouse %s migrated: %s", settings.database, ", ".join(applied))
    return applied


def registry_streams() -> list[tuple[str, str]]:
    """(source, stream) of everything the registry knows."""
    from include.sources import REGISTRY

    return [(source.name, stream.name) for source in REGISTRY.values() for stream in source.streams]


def _apply_missing(conn: Connection) -> list[str]:
    conn.execute("CREATE SCHEMA IF NOT EXISTS ops AUTHORIZATION nightshift_owner")
    conn.execute(
        "CREATE TABLE IF NOT EXISTS ops.migration"
        " (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    known: dict[str, str] = dict(conn.execute("SELECT name, checksum FROM ops.migration").fetchall())
    applied = []
    for file in sorted(MIGRATIONS.glob("[0-9]*.sql")):
        text = file.read_text()
        checksum = hashlib.sha256(text.encode()).hexdigest()
        if file.stem not in known:
            _apply(conn, file.stem, text, checksum)
            applied.append(file.stem)
        elif known[file.stem] != checksum:
            raise Stop(f"migration {file.name} was changed after it had been applied: add a new one instead")
    return applied


def _apply(conn: Connection, name: str, text: str, checksum: str) -> None:
    try:
        with conn.transaction():
            conn.execute(text)
            conn.execute("RESET ROLE")
            conn.execute("INSERT INTO ops.migration (name, checksum) VALUES (%s, %s)", [name, checksum])
    except psycopg.Error as error:
        raise Stop(f"migration {name} failed and was rolled back: {error}") from error


def _payload_tables(conn: Connection, streams: Iterable[tuple[str, str]]) -> None:
    """One table per stream. Without lz4 in the server, uncompressed storage is as fast and pglz is not."""
    compressed = conn.execute(
        "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
    ).fetchone()
    storage = sql.SQL("COMPRESSION lz4" if compressed and compressed[0] else "STORAGE EXTERNAL")
    with conn.transaction():
        conn.execute("SET LOCAL ROLE nightshift_owner")
        for source, stream in streams:
            table = sql.Identifier("raw", f"{source}_{stream}")
            conn.execute(
                sql.SQL(
                    "CREATE TABLE IF NOT EXISTS {} (account text NOT NULL, scope text NOT NULL,"
                    " content_hash bytea NOT NULL, payload jsonb {} NOT NULL, row_count int NOT NULL,"
                    " PRIMARY KEY (account, scope, content_hash))"
                ).format(table, storage)
            )
            # nobody plans by a whole document, and sampling them would read them
            conn.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN payload SET STATISTICS 0").format(table))


def _company(conn: Connection, settings: Settings) -> None:
    conn.execute(
        "INSERT INTO ops.company (company, timezone, currency, country, simulated)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT (single) DO UPDATE SET company = excluded.company, timezone = excluded.timezone,"
        " currency = excluded.currency, country = excluded.country, simulated = excluded.simulated",
        [
            settings.company,
            settings.timezone.key,
            settings.currency,
            settings.country,
            ",".join(sorted(settings.simulated)),
        ],
    )
