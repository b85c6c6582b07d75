"""Warehouses to be broken: copies of a prepared one, made in some 30 ms and dropped afterwards."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

from psycopg import sql

from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.roles import grant_database
from tests.conftest import admin, drop_warehouse


class Place:
    """Makes copies of warehouses of one server below one folder.

    A copy by WAL is fast, but does not survive a crash as a database that grew would: of its sequences it knows the
    numbers that were cached, and would give them out again. Where servers crash, files are copied.
    """

    def __init__(self, postgres: EmbeddedPostgres, folder: Path, strategy: str = "WAL_LOG"):
        self.postgres, self.folder, self.strategy = postgres, folder, strategy
        self.logs = folder / "logs"
        self._numbers = count(1)

    @contextmanager
    def copy(self, of: Settings, tablespace: str = "pg_default") -> Iterator[Settings]:
        """A copy of a warehouse that nobody is connected to."""
        number = next(self._numbers)
        home = self.folder / f"copy-{number}"
        settings = replace(of, home=home, lake=f"file://{home}/lake", database=f"{of.database}_copy_{number}")
        shutil.copytree(of.home, home, ignore=shutil.ignore_patterns("postgres*"))
        with admin(self.postgres) as conn:
            conn.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {} TABLESPACE {}").format(
                    *map(sql.Identifier, (settings.database, of.database, self.strategy, tablespace))
                )
            )
            grant_database(conn, settings.database)
        try:
            yield settings
        finally:
            drop_warehouse(self.postgres, settings)
            shutil.rmtree(home)
