"""Consecutive nights of a small company through the entering gate, without a build: pulls, freezes, checks, publishes nothing.

The sandbox is asked over HTTP and everything lands in a real Postgres; a night that was checked counts as published, so
that the next one compares itself with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import pytest

from include import quality
from include.profile.loads import profile
from include.sandbox.world import WorldConfig
from include.sandbox.world.complete_journey import CompleteJourney
from include.settings import Settings
from include.warehouse import build as builds
from include.warehouse.connect import connect
from tests.flows.company import Company, company

FIRST_NIGHT = date(2025, 10, 20)
"""Of ninety: both changes to winter time (26 October in Berlin, 2 November in New York), Black Friday, Christmas."""
PEAKS = {date(2025, 11, 27): 3, date(2025, 11, 28): 4, date(2025, 12, 1): 3}
CLOSED = {date(2025, 12, 25), date(2026, 1, 1)}
"""Days on which nobody orders anything, in no shop."""


@contextmanager
def busy_year() -> Iterator[None]:
    """The order book with its peaks and its days without an order."""
    plain = CompleteJourney.baskets_on

    def baskets_on(book: CompleteJourney, day: date) -> list:
        if day in CLOSED:
            return []
        found = plain(book, day)
        for more in range(1, PEAKS.get(day, 1)):
            later = timedelta(weeks=13 * more)
            found += [replace(one, at=one.at - later) for one in plain(book, day + later)]
        return sorted(found, key=lambda one: (one.at, one.key))

    with mock.patch.object(CompleteJourney, "baskets_on", baskets_on):
        yield


def autumn(**more) -> WorldConfig:
    given = {
        "today": FIRST_NIGHT,
        "history_days": 60,
        "ahead_days": 100,
        "assortment": 80,
        "household_share": 0.1,
    }
    return WorldConfig(**{**given, **more})


@contextmanager
def shop_of_autumn(settings: Settings, home: Path, **more) -> Iterator[Company]:
    """The company on its first night; vendors' pace is not waited for."""
    with busy_year(), pytest.MonkeyPatch.context() as patch:
        for vendor in ("ups", "easypost"):
            patch.setattr(f"include.sources.{vendor}.REQUESTS_PER_SECOND", 2000.0)
        with company(settings, home, autumn(**more)) as shop:
            yield shop


def look(shop: Company) -> None:
    """A night that nobody checks: what has landed is measured and counts as published."""
    build_id = builds.freeze(shop.settings, shop.day)
    profile(shop.settings, build_id)
    _end(shop, build_id)


def check(shop: Company) -> list[str]:
    """Freeze what has landed and send it through the entering gate; returns why loads are held."""
    build_id = builds.freeze(shop.settings, shop.day)
    held = quality.check_entering(shop.settings, build_id)
    _end(shop, build_id)
    return held


def _end(shop: Company, build_id: int) -> None:
    with connect(shop.settings, "publisher") as conn:
        conn.execute(
            "UPDATE ops.build SET status = 'published', ended_at = now() WHERE build_id = %s", [build_id]
        )
