"""Small worlds for the tests of the simulated company, each built once."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from include.sandbox.world import WorldConfig, build
from include.sandbox.world.model import World

TODAY = date(2026, 4, 12)  # the 40 days before hold a change to summer time, 8 March
HEADER = "order_id,ordered_at,customer_id,sku,description,quantity,unit_price,currency,country,channel"


def small_config(**more) -> WorldConfig:
    given = {"today": TODAY, "history_days": 40, "assortment": 60, "household_share": 0.05}
    return WorldConfig(**{**given, **more})


@lru_cache
def small_world() -> World:
    return build(small_config())


def night_config() -> WorldConfig:
    """Three months of a company in which everything happens at least once, two changes to summer time among it."""
    return WorldConfig(today=TODAY, history_days=92, assortment=80, household_share=0.06)


@lru_cache
def night_world() -> World:
    return build(night_config())


def write_orders(folder: Path, lines: Sequence[str], header: str = HEADER) -> Path:
    path = folder / "orders.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path
