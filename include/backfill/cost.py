"""What a backfill will cost: per window, from what loads of the same stream have cost; stated defaults where none has."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from include.backfill.plan import PastWindow
from include.settings import Settings
from include.warehouse.connect import connect

AT_ONCE = 2
"""Windows pulled at the same time, of different sources."""

ROWS_A_DAY, ROWS_A_REQUEST, SECONDS_A_REQUEST = 200.0, 50.0, 0.5
"""Assumed of a stream that no load has measured yet; whatever rests on them is marked as assumed."""

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cost:
    """What one or several windows take; `measured` is false where anything in it is assumed."""

    windows: int = 1
    requests: float = 0.0
    rows: float = 0.0
    seconds: float = 0.0
    measured: bool = True

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.windows + other.windows,
            self.requests + other.requests,
            self.rows + other.rows,
            self.seconds + other.seconds,
            self.measured and other.measured,
        )


@dataclass(frozen=True)
class Measured:
    """What the longest load of a stream brought and took, over how many days, and the least that any load took."""

    days: float
    rows: float
    requests: float
    seconds: float
    least_requests: float
    least_seconds: float


Key = tuple[str, str, str]


def measured(settings: Settings) -> dict[Key, Measured]:
    """(source, account, stream) → what its loads have cost.

    The longest window tells the price of a day best. One that reads everything from the year 2000 on is as long as
    what it found.
    """
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            """WITH loads AS (
                 SELECT * FROM raw.load_log WHERE requests IS NOT NULL AND mode <> 'replay' AND status <> 'held'
               ), least AS (
                 SELECT source, account, stream, min(requests) AS requests, min(seconds) AS seconds
                 FROM loads GROUP BY 1, 2, 3
               ), longest AS (
                 SELECT DISTINCT ON (source, account, stream) *
                 FROM loads ORDER BY source, account, stream, window_end - window_start DESC, load_id DESC
               )
               SELECT l.source, l.account, l.stream,
                 greatest(1, extract(epoch FROM l.window_end - coalesce(found.since, l.window_start)) / 86400)::float,
                 l.records, l.requests, l.seconds, least.requests, least.seconds
               FROM longest AS l
               JOIN least USING (source, account, stream)
               LEFT JOIN LATERAL (
                 SELECT min(source_updated_at) AS since FROM raw.observation
                 WHERE load_id = l.load_id AND l.window_start < '2001-01-01'
               ) AS found ON true"""
        ).fetchall()
    return {(row[0], row[1], row[2]): Measured(*map(float, row[3:])) for row in rows}


def cost(window: PastWindow, known: Mapping[Key, Measured]) -> Cost:
    """What one window will take."""
    days = (window.window.end - window.window.start) / DAY
    found = known.get((window.source, window.account, window.stream))
    if not found:
        rows = ROWS_A_DAY * days
        requests = math.ceil(rows / ROWS_A_REQUEST)
        return Cost(1, requests, rows, requests * SECONDS_A_REQUEST, measured=False)
    share = days / found.days
    return Cost(
        1,
        max(found.least_requests, math.ceil(found.requests * share)),
        found.rows * share,
        max(found.least_seconds, found.seconds * share),
    )


def side_by_side(costs: Iterable[tuple[str, float]]) -> float:
    """Seconds that (source, seconds) take, `AT_ONCE` sources at a time and one window of a source at a time."""
    by_source: dict[str, float] = {}
    for source, seconds in costs:
        by_source[source] = by_source.get(source, 0.0) + seconds
    return max(max(by_source.values(), default=0.0), sum(by_source.values()) / AT_ONCE)


def last_build_seconds(settings: Settings) -> float | None:
    """How long the newest full build took, which a long backfill comes near to; None before the first."""
    with connect(settings, "loader") as conn:
        row = conn.execute(
            "SELECT extract(epoch FROM ended_at - started_at)::float FROM ops.build WHERE status = 'published'"
            " ORDER BY full_refresh DESC, build_id DESC LIMIT 1"
        ).fetchone()
    return row[0] if row else None
