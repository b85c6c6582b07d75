"""365 days in one backfill against 365 nights of the same company.

The sandbox is asked over HTTP and everything else is real: planned windows, journal, lake, loader, one build at the end. A
night is what the DAGs do without Airflow: every stream pulled and closed, then the build. Imports are in neither.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from include.backfill import journal
from include.backfill.plan import Wish, plan
from include.backfill.work import do_windows, finish
from include.night import build_and_publish
from include.sandbox.world import WorldConfig
from include.sources import REGISTRY
from tests.bench import Row, Size
from tests.bench.shop import warehouse
from tests.flows.company import Company, company

TODAY = date(2026, 6, 1)
DAYS: dict[Size, int] = {"full": 365, "quick": 20}
NIGHTS: dict[Size, int] = {"full": 3, "quick": 1}
WORLDS: dict[Size, dict[str, float]] = {
    "full": {"household_share": 1 / 3, "assortment": 800},
    "quick": {"household_share": 0.04, "assortment": 40},
}
MOST = 3.0
FIRST_NIGHT_DAYS = 7
"""How far back the very first night reads; the backfill brings what lies before."""


def run(console: Console, size: Size) -> list[Row]:
    """Nights first, the backfill of the year before them next."""
    days, first_night = DAYS[size], TODAY - timedelta(days=1)
    config = WorldConfig(today=TODAY, history_days=days + FIRST_NIGHT_DAYS + 10, **WORLDS[size])
    with (
        warehouse() as (settings, _),
        TemporaryDirectory(prefix="nightshift-bench-") as sandbox,
        _history_from(first_night - timedelta(days=FIRST_NIGHT_DAYS)),
        company(settings, Path(sandbox), config) as shop,
    ):
        nights = [_night(console, shop) for _ in range(NIGHTS[size] + 1)][1:]
        last = first_night - timedelta(days=FIRST_NIGHT_DAYS + 1)
        past = _backfill(console, shop, last - timedelta(days=days - 1), last)
    name = f"backfill of {days} days"
    return [
        Row(
            f"{name} ÷ {days} times one night",
            tuple(past / (days * night) * 100 for night in nights),
            "%",
            at_most=MOST,
        ),
        Row(name, (past,), "s"),
        Row("one night of the same company", tuple(nights), "s"),
    ]


def _night(console: Console, shop: Company) -> float:
    """Pull and build the company's newest day, and go on to the next; returns the seconds."""
    started = time.perf_counter()
    shop.pull()
    pulled = time.perf_counter()
    build_and_publish(shop.settings, shop.day)
    done = time.perf_counter()
    console.print(
        f"  night of {shop.day}: pulled in {pulled - started:.1f} s, built in {done - pulled:.1f} s"
    )
    if shop.failures:
        raise RuntimeError(f"streams did not land: {shop.failures}")
    shop.sleep_until(shop.today + timedelta(days=1))
    return done - started


def _backfill(console: Console, shop: Company, first: date, last: date) -> float:
    """Ask every source for these days, and build once; returns the seconds."""
    started, day = time.perf_counter(), shop.day - timedelta(days=1)
    accounts = {source: shop.accounts(source) for source in REGISTRY}
    wish = Wish(tuple(source for source in accounts if accounts[source]), first, last)
    names = {source: [account.name for account in found] for source, found in accounts.items()}
    windows = plan(shop.settings, wish, names, shop.midnight).windows
    begun = journal.begin(shop.settings, wish, dict.fromkeys(windows, 0.0))
    records = sum(
        do_windows(shop.settings, begun.backfill_id, account)
        for found in accounts.values()
        for account in found
    )
    finish(shop.settings, begun.backfill_id)
    pulled = time.perf_counter()
    build_and_publish(shop.settings, day)
    done = time.perf_counter()
    console.print(
        f"  backfill {first} to {last}: {len(windows)} windows, {records:,} records in {pulled - started:.1f} s,"
        f" built in {done - pulled:.1f} s"
    )
    return done - started


@contextmanager
def _history_from(day: date) -> Iterator[None]:
    before = os.environ.get("NIGHTSHIFT_HISTORY_START")
    os.environ["NIGHTSHIFT_HISTORY_START"] = day.isoformat()
    try:
        yield
    finally:
        os.environ.pop("NIGHTSHIFT_HISTORY_START")
        if before is not None:
            os.environ["NIGHTSHIFT_HISTORY_START"] = before
