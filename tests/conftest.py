"""What every room's tests share: one real Postgres per worker, a fresh migrated warehouse per test."""

import gc
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg import sql

from include import settings as settings_module
from include.settings import Settings
from include.stack import runas
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from include.warehouse.roles import grant_database
from tests import proofs, scorecard

TEMPLATE = "nightshift_template"
MEMORY = Path("/dev/shm")
PARSED = Path("dbt", "target", "partial_parse.msgpack")  # below a home
PLENTY = 6 << 30  # bytes: some 2 GB are used by the servers of two workers

# Importing Airflow writes its configuration: not into the home of whoever runs the tests.
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="nightshift-tests-airflow-")


def pytest_configure() -> None:
    """Look for reference cycles rarely: a worker's heap is large (Airflow, dbt), and lives as long as the worker."""
    gc.set_threshold(100_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests go first: the other worker passes the time with all the quick ones."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--scorecard", type=Path, metavar="FILE", help="keep what was measured in this page")
    parser.addoption("--proofs", type=Path, metavar="FILE", help="keep what was proved in this page")
    parser.addoption("--whole", action="store_true", help="--proofs forgets what was not run")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the scorecard of this run; `make prove` and `make chaos` keep it."""
    reports = [one for kind in ("passed", "failed", "error") for one in terminalreporter.getreports(kind)]
    if rows := scorecard.measured(reports):
        terminalreporter.section("scorecard")
        for row in rows:
            terminalreporter.line(str(row))
    if page := config.getoption("--scorecard"):
        scorecard.write(page, rows)
    if page := config.getoption("--proofs"):
        proofs.write(page, proofs.proved(reports), config.getoption("--whole"))


def pytest_unconfigure() -> None:
    shutil.rmtree(os.environ["AIRFLOW_HOME"], ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One embedded server for the session (not crash-safe, for speed), thrown away at its end."""
    with pytest.MonkeyPatch.context() as patch:
        folder = fast_folder(Path("/var/tmp"))
        patch.setattr(runas, "REACHABLE", folder / "nightshift-tests")
        home = Path(tempfile.mkdtemp(prefix="nightshift-tests-", dir=folder))
        server = EmbeddedPostgres(home, durable=False)
        try:
            server.start()
            yield server
        finally:
            server.remove()
            shutil.rmtree(home, ignore_errors=True)


def fast_folder(disk: Path) -> Path:
    """Memory where there is plenty of it, else the disk: hundreds of databases are made and dropped."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return disk
    free = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return MEMORY if free > PLENTY else disk


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
    """Like `warehouse`, shared by the tests of one file: for what is expensive to fill.

    What dbt parsed for one file serves the next, since its database bears the same name: dbt would otherwise parse all
    models anew, for ten seconds.
    """
    settings = new_warehouse(
        postgres, migrated, tmp_path_factory.mktemp("module") / "home", f"test_{os.getpid()}_module"
    )
    kept, parsed = migrated.home / PARSED.name, settings.home / PARSED
    if kept.exists():
        parsed.parent.mkdir(parents=True)
        shutil.copy(kept, parsed)
    yield settings
    if parsed.exists():
        shutil.copy(parsed, kept)
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


def new_warehouse(
    postgres: EmbeddedPostgres, migrated: Settings, home: Path, database: str | None = None
) -> Settings:
    """Copy the migrated template: some 30 ms instead of a migration, and without the checkpoints of FILE_COPY."""
    name = database or f"test_{os.getpid()}_{next(_numbers)}"
    settings = replace(migrated, home=home, lake=f"file://{home}/lake", database=name)
    home.mkdir(parents=True)
    shutil.copy(migrated.secrets_file, settings.secrets_file)
    with admin(postgres) as conn:
        conn.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG").format(
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
