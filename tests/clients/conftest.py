"""A faulty vendor and a clock that a test may push."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from include.clients.pace import Clock
from tests.clients.faulty import Faulty, Say, faulty


@dataclass
class Time:
    """Sleeping takes no time and is written down."""

    passed: float = 0.0
    naps: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.passed += seconds

    def clock(self) -> Clock:
        started = datetime(2026, 3, 10, tzinfo=UTC)
        return Clock(
            lambda: self.passed, lambda: started + timedelta(seconds=self.passed), self.sleep, lambda: 1.0
        )


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(scope="module")
def _server() -> Iterator[Faulty]:
    with faulty() as server:
        yield server


@pytest.fixture
def vendor(_server: Faulty) -> Faulty:
    return _server.will(Say())
