"""Reading the lake again instead of asking the vendor: what it still holds of a span, and what it does not.

An extraction is replayed whole and as it was (epoch, time, records), so the order of truth does not change: an old one
beats nothing newer, a present one changes nothing, a lost one comes back. People are not in the lake; who was erased
stays out as in every load.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from include import lake
from include.backfill.plan import PastWindow
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.load import replay_manifest
from include.window import Window, day_window

STAMP = "%Y%m%dT%H%M%SZ"
AROUND = timedelta(days=2)
"""How long after a day's end its closing snapshot may have been taken."""


@dataclass(frozen=True)
class Kept:
    """What the lake holds of one stream and span: manifests by URI, their lines, and the days that nothing covers."""

    uris: tuple[str, ...]
    rows: int
    missing: tuple[date, ...]


def kept(settings: Settings, wanted: PastWindow) -> Kept:
    """Look into the lake; reads manifests, no pages."""
    days = wanted.window.dates(settings.timezone)
    is_snapshot = REGISTRY[wanted.source].stream(wanted.stream).kind == "snapshot"
    search = Window(wanted.window.start, wanted.window.end + (AROUND if is_snapshot else timedelta(0)))
    uris, rows, told = [], 0, []
    for uri in lake.manifests(settings.lake, wanted.source, wanted.account, wanted.stream):
        if not _touches(uri, search, is_snapshot):
            continue
        manifest = lake.read_manifest(uri)
        closed = _closed_day(settings, manifest["taken_at"])
        if is_snapshot and closed not in days:
            continue
        uris.append(uri)
        rows += manifest["lines"]
        if manifest["complete"]:
            told.append(
                day_window(closed, settings.timezone)
                if is_snapshot
                else Window(
                    *(datetime.fromisoformat(manifest[end]) for end in ("window_start", "window_end"))
                )
            )
    missing = tuple(day for day in days if not _covered(day_window(day, settings.timezone), told))
    return Kept(tuple(uris), rows, missing)


def replay(settings: Settings, wanted: PastWindow) -> tuple[int, int]:
    """Replay all that the lake holds of a stream and span; returns (records read, payloads that came back)."""
    records = came_back = 0
    for uri in kept(settings, wanted).uris:
        result = replay_manifest(settings, uri)
        records += result.records
        came_back += result.new_payloads
    return records, came_back


def spans(days: Iterable[date]) -> str:
    """Days as ranges: `2026-01-01 to 2026-01-14, 2026-02-03`."""
    found: list[list[date]] = []
    for day in sorted(days):
        if found and day - found[-1][-1] == timedelta(days=1):
            found[-1] = [found[-1][0], day]
        else:
            found.append([day])
    return ", ".join(" to ".join(day.isoformat() for day in span) for span in found)


def _touches(uri: str, search: Window, by_end: bool) -> bool:
    """Whether an extraction speaks of a span, by the name of its folder: a year has too many manifests to open."""
    start, end = (
        datetime.strptime(part, STAMP).replace(tzinfo=UTC) for part in uri.rsplit("/", 3)[1].split("-")
    )
    return end in search if by_end else start < search.end and end > search.start


def _closed_day(settings: Settings, taken_at: str) -> date:
    """The business day a snapshot closes: the one before it was taken, as the models say."""
    return datetime.fromisoformat(taken_at).astimezone(settings.timezone).date() - timedelta(days=1)


def _covered(day: Window, told: Iterable[Window]) -> bool:
    until = day.start
    for window in sorted(told):
        if window.start <= until < window.end:
            until = window.end
    return until >= day.end
