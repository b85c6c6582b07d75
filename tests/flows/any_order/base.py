"""The warehouse every history starts from: a tiny company of two shops, read once from all vendors and built."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

from psycopg import Connection, sql

from include.sandbox.faces import Limits
from include.sandbox.server import open_sandbox, serving
from include.sandbox.world.model import World
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from include.warehouse.roles import grant_database
from tests.conftest import admin
from tests.flows.any_order.nights import Nights, copied, parsed_once
from tests.flows.any_order.sources import Sources, told_so_far
from tests.flows.company import Company
from tests.sandbox import tiny, tiny_wider
from tests.sources.company import world as tiny_company

DAY = timedelta(days=1)


@dataclass
class Base:
    """A built warehouse to copy, and what the vendors held when it was read."""

    postgres: EmbeddedPostgres
    settings: Settings
    sources: Sources
    numbers: Iterator[int]

    @property
    def template(self) -> str:
        return f"{self.settings.database}_base"

    @property
    def empty(self) -> str:
        return f"{self.settings.database}_empty"

    def history(self) -> AbstractContextManager[Nights]:
        """What was read and built, and what the vendors held then."""
        return self._copied(self.template, self.sources)

    def nothing_heard(self, sources: Sources) -> AbstractContextManager[Nights]:
        """A warehouse that has heard nothing of these vendors yet."""
        return self._copied(self.empty, sources)

    @contextmanager
    def _copied(self, template: str, sources: Sources) -> Iterator[Nights]:
        """A fresh copy under the database name that dbt knows, with a lake of its own."""
        with admin(self.postgres) as conn:
            _copy(conn, template, self.settings.database)
        home = f"file://{self.settings.home}/lake-{next(self.numbers)}"
        try:
            yield Nights(replace(self.settings, lake=home), copied(sources))
        finally:
            with admin(self.postgres) as conn:
                _drop(conn, self.settings.database)


@contextmanager
def read_and_built(settings: Settings, postgres: EmbeddedPostgres, home: Path) -> Iterator[Base]:
    """The night about 9 March 2026, the day after a day of 23 hours in New York."""
    world = two_shops()
    told = replace(settings, company=world.company.name, simulated=world.simulated)
    migrate(told)
    with serving(open_sandbox(world, home, tiny.TODAY, Limits(scale=1000))) as running:
        shop = Company(told, world, running, tiny.TODAY)
        shop.pull()
        assert shop.failures == {}
    sources = told_so_far(told, shop.day)
    with admin(postgres) as conn:
        _copy(conn, told.database, f"{told.database}_empty")
    with admin(postgres, f"{told.database}_empty") as conn:
        _forget_what_was_heard(conn)
    with parsed_once(told):
        Nights(told, sources).build()
        sources.today += DAY
        base = Base(postgres, told, sources, count(1))
        with admin(postgres) as conn:
            _copy(conn, told.database, base.template)
        try:
            yield base
        finally:
            with admin(postgres) as conn:
                _drop(conn, base.template)
                _drop(conn, base.empty)


def two_shops() -> World:
    """The tiny company of every source, with a store in Berlin that sells in euros."""
    orders = [tiny_wider.euro_order(9001, tiny.at(3)), tiny_wider.euro_order(9002, tiny.at(8))]
    return replace(tiny_company(), branches=[tiny_wider.branch(*orders)])


def _forget_what_was_heard(conn: Connection) -> None:
    """All of raw; who is who stays known, since only real pulls tell the vault."""
    tables = conn.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'raw'"
    ).fetchall()
    for (name,) in tables:
        conn.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier("raw", name)))


def _copy(conn: Connection, template: str, name: str) -> None:
    """CREATE DATABASE wants nobody connected to its template."""
    conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
    _drop(conn, name)
    conn.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY WAL_LOG").format(
            sql.Identifier(name), sql.Identifier(template)
        )
    )
    grant_database(conn, name)


def _drop(conn: Connection, name: str) -> None:
    conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
