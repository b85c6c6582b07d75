"""What a policy may know on the evening of a day: sales, never demand, and nothing later."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Units = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class History:
    """Arrays of SKUs x days, oldest day first; the last column is the as-of day.

    `units` sold; `in_stock` whether the SKU could be bought from opening to close (a day that sold out is a
    partial day); `listed` whether it was on sale at all; `price` one unit was sold for, NaN without a sale;
    `weekday` of each day, 1 is Monday.
    """

    units: Units
    in_stock: Flags
    listed: Flags
    price: Units
    weekday: NDArray[np.int64]

    @property
    def days(self) -> int:
        return self.units.shape[1]

    @property
    def age(self) -> NDArray[np.int64]:
        """Days before the as-of day."""
        return np.arange(self.days - 1, -1, -1)

    @property
    def counted(self) -> Flags:
        """Days that say something of demand."""
        return self.in_stock & self.listed

    def last(self, days: int) -> "History":
        """The newest days only."""
        return History(
            self.units[:, -days:], self.in_stock[:, -days:], self.listed[:, -days:], self.price[:, -days:],
            self.weekday[-days:],
        )  # fmt: skip


def prices_held(price: Units) -> Units:
    """A price holds until something is sold at another: gaps filled from before.

    Days without a sale would else count as regular, and a price cut would look better than it was.
    """
    days = np.arange(price.shape[1])
    known = np.maximum.accumulate(np.where(np.isnan(price), -1, days), axis=1)
    held = np.take_along_axis(price, np.maximum(known, 0), axis=1)
    return np.where(known < 0, np.nan, held)


def ratio(above: Units, below: Units, otherwise: float = np.nan) -> Units:
    """Element by element, `otherwise` where nothing would be divided by zero."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.full(above.shape, otherwise), where=below != 0)
