"""A made-up order book of any size, for benchmarks and for machines without the data set."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

from include.sandbox.world.book import Basket, BasketLine, BookReturn, Item
from include.sandbox.world.days import LocalClock
from include.sandbox.world.dice import Dice
from include.sandbox.world.order_csv import COLUMNS

ITEMS = 800
ORDERS_PER_CUSTOMER = 12
LINES = (1, 2, 3, 4, 6, 9)
LINE_WEIGHTS = (34, 24, 16, 12, 9, 5)
DAYS = 190


class SyntheticBook:
    """Every day about the same number of baskets; demand falls off by rank as in real assortments."""

    is_real_shop = False
    note = "a synthetic order book"
    currency: str | None = None
    country: str | None = None

    def __init__(self, clock: LocalClock, dice: Dice, orders: int, days: int, items: int = ITEMS):
        self._clock, self._dice = clock, dice
        self._per_day = orders / max(1, days)
        self._customers = max(5, orders // ORDERS_PER_CUSTOMER)
        weights = [1 / (n + 12) for n in range(items)]
        self._weights = weights
        lines_a_day = self._per_day * sum(n * w for n, w in zip(LINES, LINE_WEIGHTS, strict=True)) / 100
        units_a_day = lines_a_day * 1.4
        whole = sum(weights)
        roll = dice.roll("synthetic-items", 0)
        self.items: Sequence[Item] = [_item(roll, n, units_a_day * weights[n] / whole) for n in range(items)]

    def span(self) -> tuple[date, date] | None:
        return None

    def baskets_on(self, day: date) -> list[Basket]:
        roll = Random(f"{self._dice.seed}/synthetic/{day}")
        count = int(self._per_day) + (roll.random() < self._per_day % 1)
        return sorted(
            (self._basket(roll, day, n) for n in range(count)), key=lambda basket: (basket.at, basket.key)
        )

    def returns_on(self, day: date) -> list[BookReturn]:
        return []

    def prices(self, item: int, first: date, last: date) -> list[tuple[date, int]]:
        return [(first, self.items[item].price_minor)]

    def _basket(self, roll: Random, day: date, number: int) -> Basket:
        at = self._clock.at(day, min(86_398, max(1, round(roll.gauss(15.5, 3.5) * 3600))))
        places = roll.choices(range(len(self.items)), self._weights, k=roll.choices(LINES, LINE_WEIGHTS)[0])
        lines = [
            BasketLine(place, roll.choice((1, 1, 1, 2, 3)), self.items[place].price_minor)
            for place in dict.fromkeys(places)
        ]
        return Basket(f"{day}/{number}", at, f"S{roll.randrange(self._customers)}", lines)


def synthetic_book(
    orders: int, seed: int = 7, end: date = date(2026, 1, 31), country: str = "US"
) -> Iterator[dict[str, str]]:
    """The lines of an order-book CSV with that many orders over the 190 days up to `end`; one order in
    forty has a unit returned six days later."""
    from zoneinfo import ZoneInfo

    book = SyntheticBook(LocalClock(ZoneInfo("UTC")), Dice(seed), orders, DAYS)
    roll, number = Dice(seed).roll("synthetic-csv", 0), 0
    for n in range(DAYS):
        day = end - timedelta(days=DAYS - 1 - n)
        left = orders - number
        for basket in book.baskets_on(day)[:left] if n < DAYS - 1 else _last(book, day, left):
            number += 1
            for line in basket.lines:
                yield _row(book, basket, number, line, line.quantity, 0, country)
            if roll.random() < 1 / 40 and n < DAYS - 7:
                yield _row(book, basket, number, basket.lines[0], -1, 6, country)


def write_book(path: Path, lines: Iterable[dict[str, str]]) -> Path:
    """Write order-book lines as the CSV that a replay reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return path


def _last(book: SyntheticBook, day: date, count: int) -> list[Basket]:
    """Exactly `count` baskets, so that the book has exactly as many orders as asked for."""
    roll = book._dice.roll("synthetic-last", day)
    return [book._basket(roll, day, n) for n in range(count)]


def _row(
    book: SyntheticBook,
    basket: Basket,
    number: int,
    line: BasketLine,
    quantity: int,
    days_later: int,
    country: str,
) -> dict[str, str]:
    item = book.items[line.item]
    return {
        "order_id": f"S{number:07d}",
        "ordered_at": (basket.at + timedelta(days=days_later)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "customer_id": basket.customer or "",
        "sku": item.sku,
        "description": item.title,
        "quantity": str(quantity),
        "unit_price": f"{line.unit_price_minor / 100:.2f}",
        "currency": "USD",
        "country": country,
        "channel": "web",
    }


def _item(roll: Random, number: int, daily_units: float) -> Item:
    price = roll.choice((99, 149, 199, 249, 299, 399, 499, 799, 1_299, 2_499))
    maker, kind = f"Maker {number % 60}", f"Article {number // 4}"
    return Item(
        f"SYN-{number:05d}", (str(number % 60), kind), f"{maker} {kind}", "Synthetic goods", maker,
        f"{1 + number % 4} PK", daily_units, price,
    )  # fmt: skip
