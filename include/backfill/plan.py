"""What a backfill is asked to do: a span of business days cut into windows, and the streams that have no past."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from include.errors import Stop
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Stream
from include.window import Window, days_window, last_closed_day

WINDOW_DAYS = 92
"""Long enough that a year costs four requests' overhead, short enough that a kill loses little."""

WEST_OF_US = timedelta(days=1)
"""A statement's days are those of its account, which may end after ours: 10 November in Los Angeles ends at three in the
morning of the 11th in New York."""


@dataclass(frozen=True)
class Wish:
    """Sources and business days, both ends included; `replay` reads the lake instead of asking the vendors."""

    sources: tuple[str, ...]
    first_day: date
    last_day: date
    replay: bool = False

    def check(self, settings: Settings, now: datetime | None = None) -> None:
        """Raises Stop when a source is unknown, the span is empty or not over yet."""
        unknown = sorted(set(self.sources) - set(REGISTRY))
        if unknown or not self.sources:
            raise Stop(f"unknown sources {', '.join(unknown) or '(none)'}; there are {', '.join(REGISTRY)}")
        if self.last_day < self.first_day:
            raise Stop(f"the last day {self.last_day} is before the first day {self.first_day}")
        newest = last_closed_day(now or datetime.now(UTC), settings.timezone)
        if self.last_day > newest:
            raise Stop(f"{self.last_day} is not over yet: the last day may be {newest} at most")


@dataclass(frozen=True)
class PastWindow:
    """One window of one stream of one account."""

    source: str
    account: str
    stream: str
    window: Window


@dataclass(frozen=True)
class Refused:
    """A stream that is left out, and why."""

    source: str
    stream: str
    why: str


@dataclass(frozen=True)
class Plan:
    """Windows, oldest first, and what is refused. `unconnected`: wished-for sources without an account."""

    windows: tuple[PastWindow, ...]
    refused: tuple[Refused, ...]
    unconnected: tuple[str, ...]


def plan(
    settings: Settings, wish: Wish, accounts: Mapping[str, Sequence[str]], now: datetime | None = None
) -> Plan:
    """Cut a wish into windows for the accounts (names by source). Raises Stop as `Wish.check` does.

    A replay has one window per stream: what the lake holds decides itself how long its pieces are.
    """
    wish.check(settings, now)
    now = now or datetime.now(UTC)
    connected = [source for source in wish.sources if accounts.get(source)]
    cut = partial(past_window, settings, now=now)
    if wish.replay:
        cut = partial(_whole_days, settings)
    steps = [(wish.first_day, wish.last_day)] if wish.replay else list(_steps(wish.first_day, wish.last_day))
    windows = tuple(
        PastWindow(source, account, stream.name, cut(stream, first, last))
        for first, last in steps
        for source in connected
        for stream in REGISTRY[source].streams
        for account in accounts[source]
        if wish.replay or stream.askable_past
    )
    refused = tuple(
        Refused(source, stream.name, why_refused(stream))
        for source in connected
        for stream in REGISTRY[source].streams
        if not (wish.replay or stream.askable_past)
    )
    return Plan(windows, refused, tuple(source for source in wish.sources if source not in connected))


def why_refused(stream: Stream) -> str:
    """In a few words, why a stream has no past to ask for."""
    if stream.subjects:
        return "is asked about things by name, not about days; every night asks again"
    return "tells only what is now; its past is in the lake (REPLAY=1)"


def past_window(settings: Settings, stream: Stream, first: date, last: date, now: datetime) -> Window:
    """The window that brings the business days `first` to `last`: 23 or 25 hours a day where clocks change.

    Europe/Berlin 2026-03-29, orders: 2026-03-28T23:00Z to 2026-03-29T22:00Z; a statement reaches a day further (not
    beyond `now`), so that it holds the 29th of an account in Los Angeles too.
    """
    window = _whole_days(settings, stream, first, last)
    if stream.kind != "statement":
        return window
    return Window(window.start, max(window.end, min(window.end + WEST_OF_US, now.replace(microsecond=0))))


def _whole_days(settings: Settings, stream: Stream, first: date, last: date) -> Window:
    return days_window(first, last, settings.timezone)


def _steps(first_day: date, last_day: date) -> Iterator[tuple[date, date]]:
    for offset in range(0, (last_day - first_day).days + 1, WINDOW_DAYS):
        first = first_day + timedelta(days=offset)
        yield first, min(first + timedelta(days=WINDOW_DAYS - 1), last_day)
