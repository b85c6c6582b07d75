"""A small company at nine vendors that nobody disturbs, and a place for warehouses to be broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.stack.postgres import EmbeddedPostgres
from tests.chaos.places import Place
from tests.sources.company import served


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("company"), Limits(scale=1000)) as running:
        yield running


@pytest.fixture
def place(postgres: EmbeddedPostgres, tmp_path: Path) -> Place:
    return Place(postgres, tmp_path / "place")
