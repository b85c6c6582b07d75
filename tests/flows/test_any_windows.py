"""Nights skipped, repeated and asked for again over HTTP: whatever windows a growing company was read in, its tables are
those of a full refresh, and what is published of sales is the truth.

A long proof: the sandbox's company lives on while it is read in a seeded, senseless order.
"""

import os
import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from include import dbt_runner
from include.pull import pull_past
from include.sandbox.world import WorldConfig
from include.sources import REGISTRY
from include.warehouse.contracts import published_tables
from include.window import days_window
from tests.flows.any_order.nights import parsed_once
from tests.flows.any_order.tables import contents, differences
from tests.flows.company import Company, company
from tests.sandbox.worlds import TODAY

pytestmark = [pytest.mark.prove, pytest.mark.slow, pytest.mark.timeout(3600)]

SEED = int(os.environ.get("ANY_ORDER_SEED", "1"))
DAY = timedelta(days=1)
STEPS = 14
PAST = [source.name for source in REGISTRY.values() if any(stream.askable_past for stream in source.streams)]


@pytest.fixture(scope="module")
def shop(module_warehouse, tmp_path_factory) -> Iterator[Company]:
    config = WorldConfig(today=TODAY, history_days=30, assortment=40, household_share=0.04)
    with company(module_warehouse, tmp_path_factory.mktemp("sandbox"), config) as shop:
        yield shop


def test_any_windows_over_a_growing_company_are_what_a_full_refresh_makes(
    shop: Company, record_property
) -> None:
    rng, diary = random.Random(SEED), []
    shop.pull()
    with parsed_once(shop.settings):
        shop.build()
        for step in range(STEPS):
            diary.append(do_something(shop, rng, step))
        shop.pull()
        shop.build()
        by_nights = contents(shop.settings)
        shop.build(full_refresh=True)
        keys = {table.model: table.key for table in published_tables(dbt_runner.manifest(shop.settings))}
        found = differences(by_nights, contents(shop.settings), keys)
    assert not found, "\n".join(["", *found, "", *diary])
    assert shop.differences() == []
    record_property("tried", f"Seed {SEED}: " + "; ".join(diary) + ".")


def do_something(shop: Company, rng: random.Random, step: int) -> str:
    """One step of a senseless operator."""
    kind = rng.choice(("night", "half a night", "build", "backfill", "backfill", "sleep"))
    if kind == "night":
        shop.pull()
    elif kind == "half a night":
        chosen = rng.sample(list(REGISTRY), 4)
        shop.pull(chosen)
        kind += f" of {', '.join(chosen)}"
    elif kind == "build":
        shop.build()
    elif kind == "sleep":
        shop.sleep_until(shop.today + DAY * rng.randint(1, 3))
        kind = f"sleep until {shop.today}"
    else:
        source, first = rng.choice(PAST), shop.day - DAY * rng.randint(0, 29)
        ask_again(
            shop, source, first, last := min(shop.day, first + DAY * rng.randint(0, 20)), f"past-{step}"
        )
        kind += f" of {source} from {first} to {last}"
    return kind


def ask_again(shop: Company, source: str, first, last, run_id: str) -> None:
    window = days_window(first, last, shop.settings.timezone)
    for account in shop.accounts(source):
        for stream in REGISTRY[source].streams:
            if stream.askable_past:
                pull_past(shop.settings, account, stream.name, window, run_id=run_id)
