"""However a day's tables were reached, they are the same: nights, repeats, backfills, extractions that overtake each
other, holds, deletions, erasures and builds that died, over vendors that keep changing, give what one full refresh gives.

Payloads go through the real loader, the real dbt project and the real publication. The gates are left out.
`make prove` tries many histories; here is one seeded history in which every change happens.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from include import dbt_runner
from include.warehouse.contracts import published_tables
from tests.flows.any_order.base import Base, read_and_built
from tests.flows.any_order.nights import CHANGES, OPERATIONS, Nights, Operation
from tests.flows.any_order.tables import Row, contents, differences

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

SEED = int(os.environ.get("ANY_ORDER_SEED", "1"))
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "200"))
MINUTES = int(os.environ.get("ANY_ORDER_MINUTES", "20"))
READINGS = ("night", "backfill", "begin_reading", "reading_lands", "hold", "release")
RARE = ("delete", "come_back", "address_changed", "forget_person")
ENDINGS = ("build", "fail", "next_day")
FORGETFUL = (
    "fct_orders", "fct_order_lines", "fct_refund_lines", "mart_daily_sales", "mart_product_daily", "dim_fx_rate",
    "fct_marketplace_fees", "mart_customer_ltv_cohort", "mart_daily_pnl", "fct_abandoned_carts", "fct_purchase_orders",
    "dim_customer", "dim_product", "dim_store", "fct_sessions",
)  # fmt: skip
"""What a warehouse that hears everything for the first time must hold as well, but for what was counted then."""
COUNTED = "stock_end"
"""Stock that changed without a move is known of the days on which somebody counted."""

numbers = st.integers(0, 99)
operations = st.tuples(st.sampled_from((*CHANGES, *CHANGES, *READINGS, *READINGS, *RARE)), numbers, numbers)
rounds = st.tuples(st.lists(operations, min_size=4, max_size=14), st.sampled_from(ENDINGS), numbers)


@pytest.fixture(scope="module")
def base(module_warehouse, postgres, tmp_path_factory) -> Iterator[Base]:
    with read_and_built(module_warehouse, postgres, tmp_path_factory.mktemp("sandbox")) as base:
        yield base


def test_every_change_once_over_some_nights_is_what_a_full_refresh_makes(base: Base) -> None:
    with base.history() as nights:
        follow(nights, every_change_once(random.Random(SEED)))
        assert_same_as_refreshed(nights)


@pytest.mark.prove
def test_any_history_is_what_a_full_refresh_makes(base: Base, record_property) -> None:
    """As many histories as fit into the minutes; the first that differs ends it."""
    ends, done = time.monotonic() + 60 * MINUTES, Counter[str]()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(history=st.lists(rounds, min_size=2, max_size=3))
    def any_history(history: list[tuple[list[Operation], str, int]]) -> None:
        if time.monotonic() > ends:
            return
        with base.history() as nights:
            for changes, ending, b in history:
                follow(nights, [*changes, (ending, 0, b)])
            assert_same_as_refreshed(nights)
        done.update(line.partition("(")[0] for line in nights.diary)
        done["histories"] += 1

    any_history()
    histories = done.pop("histories")
    times = ", ".join(f"{name} {count}" for name, count in sorted(done.items()))
    record_property("tried", f"Seed {SEED}, {histories} histories of {done.total()} operations: {times}.")


@pytest.mark.prove
@pytest.mark.parametrize("number", range(2))
def test_nights_one_by_one_are_what_one_load_of_everything_makes(
    base: Base, number: int, record_property
) -> None:
    """In another warehouse that hears every vendor for the first time: of tables that keep no memory of what was said
    when."""
    rng = random.Random(SEED + number)
    with base.history() as nights:
        names = [*CHANGES, *CHANGES]
        rng.shuffle(names)
        for place, name in enumerate(names):
            nights.do((name, rng.randrange(100), rng.randrange(100)))
            if place % 9 == 8:
                follow(nights, [("night", 0, 3), ("build" if place % 2 else "next_day", 0, 0)])
        follow(nights, [("next_day", 0, 0), ("backfill", 29, 0), ("night", 0, 0), ("build", 0, 0)])
        little_by_little, today = contents(nights.settings, ("mart",)), nights.sources
    with base.nothing_heard(today) as anew:
        follow(anew, [("whole", 0, 0), ("build", 0, 0)])
        at_once = contents(anew.settings, ("mart",))
    forgetful = {f"mart.{name}" for name in FORGETFUL}
    assert forgetful <= at_once.keys()
    found = differences(
        {name: without_counts(rows) for name, rows in little_by_little.items() if name in forgetful},
        {name: without_counts(rows) for name, rows in at_once.items() if name in forgetful},
        keys(anew),
    )
    assert not found, "\n".join(["", *found, "", "what had happened:", *nights.diary])
    record_property(
        "tried", f"Seed {SEED + number}, {len(nights.diary)} operations; {len(forgetful)} tables."
    )


def without_counts(rows: Counter[Row]) -> Counter[Row]:
    found = Counter[Row]()
    for row, times in rows.items():
        found[tuple(cell for cell in row if cell[0] != COUNTED)] += times
    return found


def every_change_once(rng: random.Random) -> list[Operation]:
    """All changes in three rounds, each read in some way and built; a build that dies stands among them."""
    names = [*CHANGES, *RARE]
    rng.shuffle(names)
    drawn: list[Operation] = [(name, rng.randrange(100), rng.randrange(100)) for name in names]
    third = len(drawn) // 3
    return [
        *drawn[:third], ("begin_reading", 0, 1), ("night", 0, 3), ("hold", rng.randrange(30), 0), ("build", 0, 0),
        *drawn[third : 2 * third], ("next_day", 0, 0), ("night", 0, 30), ("fail", 0, 1), ("reading_lands", 0, 0),
        *drawn[2 * third :], ("backfill", 4, 9), ("night", 0, 0), ("release", 0, 0),
    ]  # fmt: skip


def follow(nights: Nights, history: list[Operation]) -> None:
    for operation in history:
        nights.do(operation)


def assert_same_as_refreshed(nights: Nights) -> None:
    """The last build of a history against everything built from nothing, as of the same day."""
    nights.do(("build", 0, 0))
    by_nights = contents(nights.settings)
    nights.build(full_refresh=True)
    found = differences(by_nights, contents(nights.settings), keys(nights))
    assert not found, "\n".join(["", *found, "", "what had happened:", *nights.diary])


def keys(nights: Nights) -> dict[str, tuple[str, ...]]:
    """Table → its key, of everything published."""
    return {table.model: table.key for table in published_tables(dbt_runner.manifest(nights.settings))}


assert set(OPERATIONS) >= {*READINGS, *RARE, *ENDINGS}
