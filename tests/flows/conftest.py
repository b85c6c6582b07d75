"""What flows share: nobody waits long, before asking a vendor again or for what it prepares."""

import time
from collections.abc import Iterator

import pytest

from include.clients.pace import Clock

NAP = 0.02


@pytest.fixture(scope="module", autouse=True)
def _short_naps() -> Iterator[None]:
    """How long to wait is tests/clients' and tests/sources' matter; the sandbox's limits are high here."""
    with pytest.MonkeyPatch.context() as patch:
        hurried = Clock(sleep=lambda seconds: time.sleep(min(seconds, NAP)))
        patch.setattr("include.clients.session.Clock", lambda: hurried)
        yield
