"""An order book: what was bought, by whom and when, before the company adds everything else.

Three books exist: the Complete Journey data set (`complete_journey.py`), another shop's CSV
(`order_csv.py`) and a synthetic one (`synthetic.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, Protocol


@dataclass(slots=True, frozen=True)
class Item:
    """A SKU of the book. `daily_units` is its average demand, `price_minor` its usual price."""

    sku: str
    group: tuple[str, str]
    title: str
    product_type: str
    vendor: str
    size: str | None
    daily_units: float
    price_minor: int


class BasketLine(NamedTuple):
    """`item` is the place in `OrderBook.items`; the discount is for the whole line."""

    item: int
    quantity: int
    unit_price_minor: int
    discount_minor: int = 0


@dataclass(slots=True)
class Basket:
    """One order of the book. `key` is the book's own number, `country` None means the company's."""

    key: str
    at: datetime
    customer: str | None
    lines: list[BasketLine]
    channel: str | None = None
    country: str | None = None
    has_coupon: bool = False


class BookReturn(NamedTuple):
    """Goods of an earlier basket that came back: `lines` are (item, quantity, unit price)."""

    at: datetime
    basket: str
    lines: tuple[tuple[int, int, int], ...]


class OrderBook(Protocol):
    """`is_real_shop` books are told as they are: no line is dropped, nothing is sold beyond them."""

    items: Sequence[Item]
    is_real_shop: bool
    note: str
    currency: str | None
    country: str | None

    def span(self) -> tuple[date, date] | None:
        """First and last day, or None for a book that repeats for ever."""

    def baskets_on(self, day: date) -> list[Basket]:
        """The orders of a company day, oldest first."""

    def returns_on(self, day: date) -> list[BookReturn]:
        """The returns of a company day, oldest first."""

    def prices(self, item: int, first: date, last: date) -> list[tuple[date, int]]:
        """List prices in minor units from their first day on; the first entry starts at `first`."""


@dataclass(slots=True)
class SideFiles:
    """What a replayed shop told us beside its order book; None where it said nothing."""

    stock: dict[tuple[str, str], int] | None = None
    suppliers: list["SupplierRow"] | None = None
    costs: dict[str, int] | None = None
    location_codes: list[str] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class SupplierRow:
    """One row of suppliers.csv: what a supplier sells us of a SKU."""

    supplier: str
    sku: str
    lead_time_days: int
    min_quantity: int
    pack_size: int
    price_minor: int
    country: str
    email: str | None
    min_order_minor: int
