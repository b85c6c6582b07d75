"""Waiting: rate budgets, backoff and what `Retry-After` means."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 60.0
"""Seconds we sleep at most between two attempts; who asks for more is asked again by a later run."""

LONGEST_RETRY_AFTER = 3600.0
"""Seconds beyond which we no longer believe a `Retry-After`."""


@dataclass
class Clock:
    """Time as the clients see it; a test hands in its own."""

    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass
class Rate:
    """A budget of `per_second` requests with a `burst`, as a bucket that fills up again.

    One process's share: tasks at the same account share it through their Airflow pool, a slot each.
    """

    per_second: float
    burst: float = 1.0
    clock: Clock = field(default_factory=Clock)
    _level: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        self._level = self.burst
        self._at = self.clock.monotonic()

    def take(self) -> None:
        """Wait until the budget has one request left, and spend it."""
        now = self.clock.monotonic()
        self._level = min(self.burst, self._level + (now - self._at) * self.per_second)
        self._at = now
        self._level -= 1
        if self._level < 0:
            self.clock.sleep(-self._level / self.per_second)


def backoff(attempt: int, clock: Clock) -> float:
    """Seconds before attempt number `attempt` + 1: anything up to 0.5, 1, 2, 4 … (full jitter), at most a minute."""
    return clock.chance() * min(LONGEST_WAIT, 0.5 * 2**attempt)


def retry_after(header: str | None, clock: Clock) -> float | None:
    """`Retry-After` in seconds: a number or a date; None when absent, senseless or in the past.

    `120` is 120, `Wed, 21 Oct 2026 07:28:00 GMT` the seconds until then, `86400000` is capped to an hour.
    """
    if not header:
        return None
    text = header.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - clock.now()).total_seconds()
    if not seconds >= 0:
        return None
    return min(seconds, LONGEST_RETRY_AFTER)
