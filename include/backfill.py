"""Backfills: a span of business days, cut into windows of many days, pulled beside the nightly runs."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from include.errors import Stop
from include.pull import Pulled, pull_past
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.window import days_window

WINDOW_DAYS = 92
"""Long enough that a year costs four requests' overhead, short enough that a retry loses little."""


@dataclass(frozen=True)
class BackfillWindow:
    """One stream's business days `first_day` to `last_day`, both included."""

    source: str
    stream: str
    first_day: date
    last_day: date

    def as_dict(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, given: dict[str, str]) -> "BackfillWindow":
        return cls(
            given["source"],
            given["stream"],
            date.fromisoformat(given["first_day"]),
            date.fromisoformat(given["last_day"]),
        )


def plan(sources: Iterable[str], first_day: date, last_day: date) -> list[BackfillWindow]:
    """Every window needed, oldest first; streams whose past cannot be asked for are left out.

    Raises Stop when the span is empty or a source is unknown.
    """
    if last_day < first_day:
        raise Stop(f"the last day {last_day} is before the first day {first_day}")
    unknown = sorted(set(sources) - set(REGISTRY))
    if unknown:
        raise Stop(f"unknown sources {', '.join(unknown)}; there are {', '.join(REGISTRY)}")
    return [
        BackfillWindow(source, stream.name, first, min(first + timedelta(days=WINDOW_DAYS - 1), last_day))
        for first in _steps(first_day, last_day)
        for source in sources
        for stream in REGISTRY[source].streams
        if stream.askable_past
    ]


def pull_window(settings: Settings, account: Account, window: BackfillWindow, run_id: str) -> Pulled:
    """Extract and load one window; the nightly cursor is not moved."""
    span = days_window(window.first_day, window.last_day, settings.timezone)
    return pull_past(settings, account, window.stream, span, run_id=run_id)


def _steps(first_day: date, last_day: date) -> Iterable[date]:
    return (
        first_day + timedelta(days=offset)
        for offset in range(0, (last_day - first_day).days + 1, WINDOW_DAYS)
    )
