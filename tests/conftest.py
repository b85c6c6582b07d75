"""What every room's tests share: one real Postgres for the session, a fresh migrated warehouse per test."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from include import settings as settings_module
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from include.warehouse.roles import grant_database

TEMPLATE = "nightshift_template"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One embedded server for the session (not crash-safe, for speed), thrown away at its end."""
    home = Path(tempfile.mkdtemp(prefix="nightshift-tests-"))
    server = EmbeddedPostgres(home, durable=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def migrated(postgres: EmbeddedPostgres) -> Settings:
    """Settings of a migrated warehouse that nobody may write to: the template of all others."""
    settings = settings_for(postgres.home, postgres, TEMPLATE)
    settings_module.update_secrets(settings.secrets_file, lambda _: {"admin_dsn": postgres.admin_dsn})
    migrate(settings)
    return settings


@pytest.fixture
def warehouse(postgres: EmbeddedPostgres, migrated: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A fresh, empty, migrated warehouse with a home and a lake of its own."""
    settings = new_warehouse(postgres, migrated, tmp_path / "home")
    yield settings
    drop_warehouse(postgres, settings)


@pytest.fixture(scope="module")
def module_warehouse(
    postgres: EmbeddedPostgres, migrated: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Like `warehouse`, shared by the tests of one file: for what is expensive to fill."""
    settings = new_warehouse(postgres, migrated, tmp_path_factory.mktemp("module") / "home")
    yield settings
    drop_warehouse(postgres, settings)


def settings_for(home: Path, postgres: EmbeddedPostgres, database: str) -> Settings:
    """Settings of a home on the session's server."""
    return settings_module.load(
        {
            "NIGHTSHIFT_HOME": str(home),
            "NIGHTSHIFT_WAREHOUSE_PORT": str(postgres.port),
            "NIGHTSHIFT_WAREHOUSE_DATABASE": database,
        }
    )


_numbers = itertools.count(1)


def new_warehouse(postgres: EmbeddedPostgres, migrated: Settings, home: Path) -> Settings:
    """Copy the migrated template: some 30 ms instead of a migration."""
    settings = replace(
        migrated, home=home, lake=f"file://{home}/lake", database=f"test_{os.getpid()}_{next(_numbers)}"
    )
    home.mkdir(parents=True)
    shutil.copy(migrated.secrets_file, settings.secrets_file)
    with admin(postgres) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
                sql.Identifier(settings.database), sql.Identifier(TEMPLATE)
            )
        )
        grant_database(conn, settings.database)
    return settings


def drop_warehouse(postgres: EmbeddedPostgres, settings: Settings) -> None:
    with admin(postgres) as conn:
        conn.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(settings.database))
        )


def admin(postgres: EmbeddedPostgres, database: str = "postgres") -> psycopg.Connection:
    """A superuser's connection, for looking into every schema at once."""
    return psycopg.connect(postgres.dsn(database), autocommit=True)
