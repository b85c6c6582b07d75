"""Windows of time: half-open, in UTC, start included and end excluded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, order=True)
class Window:
    """The instants `start <= t < end`. Both are aware and held in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            moment = getattr(self, name)
            if moment.tzinfo is None:
                raise ValueError(f"window {name} {moment} has no time zone")
            object.__setattr__(self, name, moment.astimezone(UTC))
        if self.end <= self.start:
            raise ValueError(f"window ends ({self.end}) before it starts ({self.start})")

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%Y-%m-%dT%H:%M:%SZ}..{self.end:%Y-%m-%dT%H:%M:%SZ}"

    def tiles(self, width: timedelta) -> Iterator["Window"]:
        """Cut into windows of at most `width` that touch and do not overlap."""
        start = self.start
        while start < self.end:
            end = min(start + width, self.end)
            yield Window(start, end)
            start = end

    def dates(self, zone: ZoneInfo) -> list[date]:
        """The local days that have at least one instant in this window, oldest first."""
        first = self.start.astimezone(zone).date()
        last = (self.end - timedelta(microseconds=1)).astimezone(zone).date()
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def day_window(day: date, zone: ZoneInfo) -> Window:
    """The local day as a window: 23, 24 or 25 hours long.

    Europe/Berlin 2026-03-29 runs from 2026-03-28T23:00Z to 2026-03-29T22:00Z: 23 hours.
    """
    return Window(midnight(day, zone), midnight(day + timedelta(days=1), zone))


def days_window(first: date, last: date, zone: ZoneInfo) -> Window:
    """All instants of the local days `first` to `last`, both included."""
    return Window(midnight(first, zone), midnight(last + timedelta(days=1), zone))


def last_closed_day(now: datetime, zone: ZoneInfo) -> date:
    """The newest local day that has ended at `now`."""
    return now.astimezone(zone).date() - timedelta(days=1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which a local day begins."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)
