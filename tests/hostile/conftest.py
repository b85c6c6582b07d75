"""One look into the warehouse for all the cases of a module."""

from collections.abc import Iterator

import pytest
from psycopg import Connection

from include.settings import Settings
from include.warehouse.connect import connect_admin


@pytest.fixture(scope="module")
def look(module_warehouse: Settings) -> Iterator[Connection]:
    """A superuser's connection: a new one for each look would cost more than what is looked at."""
    with connect_admin(module_warehouse, module_warehouse.database) as conn:
        yield conn
