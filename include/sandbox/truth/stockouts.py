"""Empty shelves, and the sales they cost.

A sale is lost only when no location that serves the same buyers had the SKU from the opening of a day to its close: what
could then be expected of the day, less what was sold all the same. Where nobody had looked before, a shelf opened as it
closed. 4 expected, 1 sold before the shelf was empty, at 5.00: 3 units and 15.00 lost.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from include.sandbox.truth.company import Company
from include.sandbox.truth.lines import line_rows
from include.sandbox.truth.moments import ratio
from include.sandbox.truth.rates import Total
from include.sandbox.truth.statistics import rounded
from include.sandbox.truth.stock import FBA
from include.sandbox.truth.suppliers import terms
from include.sandbox.world.model import World

HISTORY = timedelta(days=182)
Key = tuple[str, str, date]  # sku, location code, business date
Shelves = Mapping[Key, Mapping[str, Any]]


def stockouts(
    company: Company, day: date, shelves: Shelves, asked: Mapping[Key, tuple[float, int]]
) -> dict[tuple[str, date], dict[str, object]]:
    """The rows of `mart_stockout_daily` by (location code, day). `asked` is given: of every SKU, location and day of
    the demand history, the units to be expected and those that were sold."""
    sold_still = terms(company.world, company.now, day)
    rows: dict[tuple[str, date], dict[str, Any]] = {}
    for (sku, code, when), told in shelves.items():
        if sku in sold_still and when > day - HISTORY:
            row = rows.setdefault(
                (code, when), {"shelves": 0, "shelves_out": 0, "lost": [], "worth": Total()}
            )
            row["shelves"] += 1
            row["shelves_out"] += bool(told["is_out_of_stock"])
    prices, missing = _prices(company, day), _missing(company.world, shelves)
    for (sku, code, when), (expected, sold) in asked.items():
        units = rounded(max(expected - sold, 0.0), 4)
        if units and (sku, _pool(company.world, code), when) in missing and (code, when) in rows:
            rows[code, when]["lost"].append(units)
            worth, count = prices.get(sku, (None, 0))
            rows[code, when]["worth"].add(None if worth is None else rounded(units * worth / count, 4))
    return {key: _row(row, company.world) for key, row in rows.items()}


def _row(row: dict[str, Any], world: World) -> dict[str, object]:
    return {
        "shelves": row["shelves"],
        "shelves_out": row["shelves_out"],
        "stockout_rate": ratio(row["shelves_out"], row["shelves"], 6),
        "lost_units": sum(row["lost"], Decimal(0)),
        "lost_sales_amount": row["worth"].value,
        "currency": world.company.currency,
    }


def _pool(world: World, code: str) -> str:
    """Who serves the same buyers: a store's own locations together, the marketplace's warehouse alone."""
    if code == FBA:
        return FBA
    return next(
        shop.company.shop_domain
        for shop in (world, *world.branches)
        if code in {place.code for place in shop.locations}
    )


def _missing(world: World, shelves: Shelves) -> set[tuple[str, str, date]]:
    """(SKU, pool, day) where nobody had one to sell all day; what one shelf lacks does not empty another."""
    held: dict[tuple[str, str], dict[date, int]] = defaultdict(lambda: defaultdict(int))
    pools = {code: _pool(world, code) for code in {code for _, code, _ in shelves}}
    for (sku, code, when), told in shelves.items():
        held[sku, pools[code]][when] += max(told["available"], 0)
    missing = set()
    for (sku, pool), days in held.items():
        is_recorded = pool == world.company.shop_domain
        opening = 0 if is_recorded else days[min(days)]
        for when in sorted(days):
            if opening <= 0 or days[when] <= 0:
                missing.add((sku, pool, when))
            opening = days[when]
    return missing


def _prices(company: Company, day: date) -> dict[str, tuple[Decimal, int]]:
    """What our own shops got, discounts and taxes off, for how many units of the history; none where a line has no rate."""
    stores = {shop.world.company.shop_domain for shop in company.shops}
    worth: dict[str, Total] = defaultdict(Total)
    units: dict[str, int] = defaultdict(int)
    for (store, _), row in line_rows(company).items():
        if store in stores and row["is_sale_line"] and day - HISTORY < row["business_date"] <= day:
            worth[row["sku"]].add(row["net_reporting_amount"])
            units[row["sku"]] += row["quantity"]
    return {
        sku: (total.value, units[sku])
        for sku, total in worth.items()
        if total.value is not None and units[sku]
    }
