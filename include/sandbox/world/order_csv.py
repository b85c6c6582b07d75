"""Another shop's history, replayed from one CSV; the columns are explained in docs/order-book.md."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from include.csv_table import Problems, Row, rows
from include.sandbox.world.book import Basket, BasketLine, BookReturn, Item
from include.sandbox.world.days import LocalClock
from include.sandbox.world.places import minor_digits

COLUMNS = (
    "order_id", "ordered_at", "customer_id", "sku", "description",
    "quantity", "unit_price", "currency", "country", "channel",
)  # fmt: skip
RECENT = timedelta(days=7)


@dataclass(slots=True)
class Entry:
    """One line of the CSV; `day` and `second` are wall clock of the company."""

    line: int
    order: str
    day: date
    second: int
    customer: str
    sku: str
    description: str
    quantity: int
    price_minor: int
    country: str
    channel: str


@dataclass(slots=True)
class ReadBook:
    """The CSV as it was read, before its dates are moved."""

    name: str
    currency: str
    entries: list[Entry]

    @property
    def last_day(self) -> date:
        return max(entry.day for entry in self.entries)


def read_book(path: Path, clock: LocalClock, country: str, problems: Problems) -> ReadBook:
    """Read every line; what is wrong goes to `problems`."""
    entries: list[Entry] = []
    currency, digits = "", 2
    customers: dict[str, tuple[str, int]] = {}
    for row in rows(path, COLUMNS, (), problems):
        code = row.code("currency", 3)
        if not currency and row.is_good:
            currency, digits = code, minor_digits(code)
        if row.is_good and code != currency:
            row.wrong("currency", f"{code} in a book of {currency}; one book has one currency")
        entry = _entry(row, clock, digits, country)
        _check_customer(row, entry, customers)
        if row.is_good:
            entries.append(entry)
    if not entries and not problems:
        problems.add(path.name, "has no lines")
    return ReadBook(path.name, currency, entries)


def weeks_to_move(last_day: date, today: date) -> int:
    """0 for a book that ended within a week of today; else the weeks that bring its end near yesterday."""
    if abs(today - last_day) <= RECENT:
        return 0
    return (today - timedelta(days=1) - last_day).days // 7


class ReplayedBook:
    """A real shop's orders and returns, told as they are."""

    is_real_shop = True
    country: str | None = None

    def __init__(self, read: ReadBook, weeks: int, clock: LocalClock, more_skus: Sequence[str] = ()):
        self.currency: str | None = read.currency
        self._clock, self._shift = clock, timedelta(weeks=weeks)
        places = {sku: n for n, sku in enumerate(dict.fromkeys([*(e.sku for e in read.entries), *more_skus]))}
        self._first = min(entry.day for entry in read.entries) + self._shift
        self._last = read.last_day + self._shift
        self.items: Sequence[Item] = _items(read, places, (self._last - self._first).days + 1)
        self._prices = self._observed_prices(read, places)
        baskets = self._read_baskets(read, places)
        returns, unmatched = self._match_returns(read, places, baskets)
        self._baskets, self._returns = _by_day(baskets.values(), clock), _by_day(returns, clock)
        self.note = _note(read.name, weeks, self._last, unmatched)

    def span(self) -> tuple[date, date]:
        return self._first, self._last

    def baskets_on(self, day: date) -> list[Basket]:
        return self._baskets.get(day, [])

    def returns_on(self, day: date) -> list[BookReturn]:
        return self._returns.get(day, [])

    def prices(self, item: int, first: date, last: date) -> list[tuple[date, int]]:
        observed = self._prices.get(item) or [(first, 0)]
        return [(first, observed[0][1]), *observed[1:]]

    def _at(self, entry: Entry) -> datetime:
        return self._clock.at(entry.day + self._shift, entry.second)

    def _observed_prices(self, read: ReadBook, places: dict[str, int]) -> dict[int, list[tuple[date, int]]]:
        """A price holds from the first day on which something was sold for it."""
        changes: dict[int, list[tuple[date, int]]] = defaultdict(list)
        for entry in sorted(read.entries, key=lambda entry: (entry.day, entry.second, entry.line)):
            known = changes[places[entry.sku]]
            day = entry.day + self._shift
            if entry.quantity < 0 or (known and known[-1][1] == entry.price_minor):
                continue
            if known and known[-1][0] == day:
                known.pop()
            known.append((day, entry.price_minor))
        return changes

    def _read_baskets(self, read: ReadBook, places: dict[str, int]) -> dict[str, Basket]:
        baskets: dict[str, Basket] = {}
        for entry in read.entries:
            if entry.quantity < 0:
                continue
            at = self._at(entry)
            basket = baskets.get(entry.order)
            if basket is None:
                basket = Basket(entry.order, at, entry.customer or None, [], entry.channel, entry.country)
                baskets[entry.order] = basket
            basket.at = min(basket.at, at)
            basket.lines.append(BasketLine(places[entry.sku], entry.quantity, entry.price_minor))
        return baskets

    def _match_returns(
        self, read: ReadBook, places: dict[str, int], baskets: dict[str, Basket]
    ) -> tuple[list[BookReturn], int]:
        """Find the order behind each negative line: the same order, else the customer's latest before
        it that still has enough of the SKU. Returns of older sales than the book knows are counted."""
        left: dict[tuple[str, int], int] = defaultdict(int)
        bought: dict[tuple[str, int], list[Basket]] = defaultdict(list)
        for basket in sorted(baskets.values(), key=lambda basket: basket.at):
            for line in basket.lines:
                left[basket.key, line.item] += line.quantity
                if basket.customer:
                    bought[basket.customer, line.item].append(basket)
        found: list[BookReturn] = []
        unmatched = 0
        backwards = [entry for entry in read.entries if entry.quantity < 0]
        for entry in sorted(backwards, key=lambda entry: (entry.day, entry.second, entry.line)):
            item, count, at = places[entry.sku], -entry.quantity, self._at(entry)
            candidates = [baskets[entry.order]] if entry.order in baskets else []
            candidates += [one for one in reversed(bought[entry.customer, item]) if one.at < at]
            sold = next((one for one in candidates if left[one.key, item] >= count), None)
            if sold is None:
                unmatched += 1
                continue
            left[sold.key, item] -= count
            moment = max(at, sold.at + timedelta(minutes=1))
            found.append(BookReturn(moment, sold.key, ((item, count, entry.price_minor),)))
        return found, unmatched


def _entry(row: Row, clock: LocalClock, digits: int, country: str) -> Entry:
    moment = row.moment("ordered_at")
    if moment.tzinfo is not None:
        moment = moment.astimezone(clock.zone).replace(tzinfo=None)
    quantity = row.whole("quantity")
    if row.text("quantity").strip("+-") in ("0", "00", "000"):
        row.wrong("quantity", "is 0; sales are positive, returns negative")
    return Entry(
        row.line, row.needed("order_id"), moment.date(),
        max(1, moment.hour * 3600 + moment.minute * 60 + moment.second), row.text("customer_id"),
        row.needed("sku"), row.text("description"), quantity, row.minor("unit_price", digits),
        row.code("country", 2, country), row.text("channel") or "web",
    )  # fmt: skip


def _check_customer(row: Row, entry: Entry, customers: dict[str, tuple[str, int]]) -> None:
    known = customers.setdefault(entry.order, (entry.customer, row.line))
    if known[0] != entry.customer:
        row.wrong(
            "customer_id", f"{entry.customer!r}, but order {entry.order} is of {known[0]!r} (line {known[1]})"
        )


def _items(read: ReadBook, places: dict[str, int], days: int) -> list[Item]:
    sold: dict[str, int] = defaultdict(int)
    titles: dict[str, str] = {}
    prices: dict[str, int] = {}
    for entry in read.entries:
        sold[entry.sku] += max(0, entry.quantity)
        prices[entry.sku] = entry.price_minor
        if entry.description:
            titles.setdefault(entry.sku, entry.description)
    return [
        Item(
            sku,
            (sku, sku),
            titles.get(sku, sku),
            "Goods",
            "Own range",
            None,
            sold[sku] / days,
            prices.get(sku, 0),
        )
        for sku in places
    ]


def _by_day(facts: Iterable[Any], clock: LocalClock) -> dict[date, list[Any]]:
    days: dict[date, list[Any]] = defaultdict(list)
    for fact in sorted(facts, key=lambda fact: fact.at):
        days[clock.day_of(fact.at)].append(fact)
    return days


def _note(name: str, weeks: int, last: date, unmatched: int) -> str:
    moved = f"dates moved {weeks} weeks so that the book ends on {last}" if weeks else "dates as in the book"
    lost = f"; {unmatched} returns of sales older than the book are left out" if unmatched else ""
    return f"orders of {name}, {moved}{lost}"
