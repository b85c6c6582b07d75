"""A small company at nine vendors that nobody disturbs, places for warehouses to be broken, and a server that may be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include import settings as settings_module
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.chaos.places import Place
from tests.conftest import settings_for
from tests.sources.company import served


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("company"), Limits(scale=1000)) as running:
        yield running


@pytest.fixture
def place(postgres: EmbeddedPostgres, tmp_path: Path) -> Place:
    return Place(postgres, tmp_path / "place")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server as the product runs it: what it confirmed is on the disk."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("server"))
    try:
        yield postgres.start()
    finally:
        postgres.remove()


@pytest.fixture(scope="module")
def empty(server: EmbeddedPostgres) -> Settings:
    settings = settings_for(server.home, server, "chaos")
    settings_module.update_secrets(settings.secrets_file, lambda _: {"admin_dsn": server.admin_dsn})
    migrate(settings)
    return settings


@pytest.fixture
def site(server: EmbeddedPostgres, tmp_path: Path) -> Place:
    return Place(server, tmp_path / "place", "FILE_COPY")
