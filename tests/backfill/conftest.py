from collections.abc import Iterator

import pytest

from include.sandbox.server import Running
from tests.sources.company import served


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The company of the sources' tests; its day is 10 March 2026."""
    with served(tmp_path_factory.mktemp("company")) as running:
        yield running
