"""What to build: one frozen object that, with the seed, decides everything in the company."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True)
class WorldConfig:
    """The company to simulate. Without `order_book` it sells from the Complete Journey data set.

    `today` is the company's current day (default: the real one in its zone); history begins
    `history_days` before it and facts are made `ahead_days` beyond it. `household_share` is the part of
    the data set's households that shop here, `assortment` how many best-selling SKUs. `order_book` is
    another shop's CSV (docs/order-book.md), `synthetic_orders` a made-up book of that many orders.
    `only_the_shop` leaves out the marketplace, the European store and browsing, which only the company
    with the data set's book in the United States has.
    """

    seed: int = 7
    today: date | None = None
    history_days: int = 190
    ahead_days: int = 35
    order_book: Path | None = None
    synthetic_orders: int | None = None
    timezone: str = "America/New_York"
    currency: str = "USD"
    country: str = "US"
    company: str = "Larkspur Pantry"
    household_share: float = 1 / 3
    assortment: int = 800
    only_the_shop: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def is_whole(self) -> bool:
        """Whether there is more than one shop to tell of."""
        is_own_book = self.order_book is None and self.synthetic_orders is None
        return is_own_book and not self.only_the_shop and (self.country, self.currency) == ("US", "USD")

    def company_today(self) -> date:
        """The company's current day."""
        return self.today or datetime.now(self.zone).date()
