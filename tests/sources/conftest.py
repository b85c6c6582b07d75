from collections.abc import Iterator

import pytest

from include.sandbox.server import Running
from tests.sources.company import served


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long to wait is tests/clients' matter."""
    monkeypatch.setattr("include.clients.session.backoff", lambda attempt, clock: 0.0)


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The company of these tests behind the four faces, for tests that do not disturb it."""
    with served(tmp_path_factory.mktemp("company")) as running:
        yield running
