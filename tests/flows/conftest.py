"""What flows share: nobody waits before asking a vendor again."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="module", autouse=True)
def _no_waiting() -> Iterator[None]:
    """How long to wait is tests/clients' matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("include.clients.session.backoff", lambda attempt, clock: 0.0)
        yield
