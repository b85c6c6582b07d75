"""No number is published without its oracle.

Every column of a mart that is a number or a yes or no is held against the world by one of the tables, or stands below
with the test that holds it. A new one fails here until somebody says what is true of it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from include.sandbox.world.model import World
from tests.flows.published import numbers
from tests.flows.tables import Table
from tests.flows.world_tables import EFFECT, TABLES
from tests.sandbox.worlds import TODAY, night_world

FORECAST = "what the past's demand says of the coming: its twin in Python, tests/backtest/test_same_as_sql.py"
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        [f"mart_restock_recommendation.{name}" for name in ("daily_demand", "demand_std", "reorder_point")],
        FORECAST,
    ),
    **dict.fromkeys(
        [
            f"mart_restock_coverage.{name}"
            for name in ("service_level", "judged_stretches", "covered_stretches", "realised_coverage", "z")
        ],
        FORECAST,
    ),
}
"""mart.column -> why the world cannot tell it, and the test that holds it instead."""


@dataclass
class Unbuilt:
    """A company of which nothing was read yet: enough to ask the world what is true."""

    world: World
    today: date = TODAY
    asked: list[date] = field(default_factory=lambda: [TODAY])
    looked: list[date] = field(default_factory=lambda: [TODAY])

    @property
    def day(self) -> date:
        return self.today - timedelta(days=1)

    @property
    def midnight(self) -> datetime:
        return self.midnight_of(self.today)

    @property
    def settings(self) -> SimpleNamespace:
        zone = ZoneInfo(self.world.company.timezone)
        return SimpleNamespace(timezone=zone, secret=lambda name: b"nobody's")

    def received(self) -> dict[str, list[Any]]:
        """Nothing was sent yet either."""
        return {"purchase_orders": []}

    def midnight_of(self, day: date) -> datetime:
        return datetime.combine(day, time.min, ZoneInfo(self.world.company.timezone))


@pytest.fixture(scope="module")
def compared() -> set[str]:
    shop = Unbuilt(night_world())
    return {f"{table.name}.{column}" for table in (*TABLES, EFFECT) for column in columns_of(table, shop)}


def columns_of(table: Table, shop: Unbuilt) -> tuple[str, ...]:
    told = table.columns or tuple(next(iter(table.truth(shop).values()), ()))
    return (*table.key, *told)


def test_there_are_marts_to_be_covered():
    assert {"mart_daily_sales.net_sales_amount", "fct_orders.units", "dim_date.is_weekend"} <= numbers()


def test_every_number_and_flag_of_a_mart_is_held_against_the_world(compared):
    assert sorted(numbers() - compared - set(ELSEWHERE)) == []


def test_nothing_is_excused_that_is_compared_or_not_published(compared):
    assert sorted(set(ELSEWHERE) & compared) == []
    assert sorted(set(ELSEWHERE) - numbers()) == []
