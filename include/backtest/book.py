"""Daily demand per SKU and the terms on which each is bought."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from include.backtest.history import Flags, Units


@dataclass(frozen=True)
class Book:
    """What customers wanted: `demand` and `price` are SKUs x days from `first_day` on; prices hold until the next.

    `listed` begins the day after a SKU's first sale unless it sold on the book's first day: the day that was chosen
    for its sale is no sample of what a day sells.
    """

    name: str
    skus: tuple[str, ...]
    first_day: date
    demand: Units
    price: Units
    listed: Flags

    @property
    def days(self) -> int:
        return self.demand.shape[1]

    @property
    def last_day(self) -> date:
        return self.first_day + timedelta(days=self.days - 1)

    @property
    def weekday(self) -> NDArray[np.int64]:
        """1 is Monday."""
        return (self.first_day.weekday() + np.arange(self.days)) % 7 + 1


@dataclass(frozen=True)
class Terms:
    """Per SKU: calendar days from order to shelf, the least a supplier sells, and units in a pack."""

    lead_days: NDArray[np.int64]
    least: Units
    pack: Units

    def accepted(self, wanted: Units) -> Units:
        """The quantity a supplier accepts: nothing stays nothing, else at least the minimum in whole packs."""
        packs = np.ceil(np.maximum(wanted, self.least) / self.pack)
        return np.where(wanted > 0, packs * self.pack, 0.0)


def listed_from(demand: Units) -> Flags:
    """Days on which each SKU is known to be on sale."""
    sold = demand > 0
    first = np.where(sold.any(axis=1), np.argmax(sold, axis=1), demand.shape[1])
    start = np.where(first == 0, 0, first + 1)
    return np.arange(demand.shape[1]) >= start[:, None]
