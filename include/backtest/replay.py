"""The order book once more, day by day, with a shelf that is filled by a rule and sells what it has.

A policy sees sales: what was wanted of an empty shelf is lost and unknown to it. Orders are placed on the evening of
a review and stand on the shelf at the close of the day `lead time` later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.backtest.book import Book, Terms
from include.backtest.history import Flags, History, Units
from include.backtest.policy import Policy
from include.backtest.rules import Decide

RUN_IN_DAYS = 28
YOUNGEST_DAYS = 14


@dataclass(frozen=True)
class Replay:
    """Arrays of SKUs x days: the closing shelf, what was sold, received and ordered, and who took part when.

    `opening` is the stock a SKU was given on the evening it joined; `points` are reorder points, NaN but on
    reviews of SKUs that take part.
    """

    demand: Units
    sold: Units
    closing: Units
    received: Units
    ordered: Units
    opening: Units
    points: Units
    takes_part: Flags
    start: int

    @property
    def measured(self) -> Flags:
        """SKU-days that count: all but the first four weeks, in which the first stock is sold off."""
        return self.takes_part & (np.arange(self.demand.shape[1]) > self.start + RUN_IN_DAYS)

    @property
    def fill_rate(self) -> float:
        wanted = self.demand[self.measured].sum()
        return float(self.sold[self.measured].sum() / wanted) if wanted else 1.0

    @property
    def average_stock(self) -> float:
        """Units on all shelves at the close of an average day."""
        days = self.demand.shape[1] - self.start - RUN_IN_DAYS - 1
        return float(self.closing[self.measured].sum() / max(days, 1))

    @property
    def stock_out_days(self) -> float:
        """Share of days that closed on an empty shelf."""
        return float((self.closing[self.measured] <= 0).mean()) if self.measured.any() else 0.0

    def coverage(self, horizon: NDArray[np.int64]) -> float:
        """Share of reviews after which demand over `horizon` days (per SKU) really stayed within the reorder point."""
        until = np.cumsum(self.demand, axis=1)
        end = np.arange(self.demand.shape[1]) + horizon[:, None]
        known = ~np.isnan(self.points) & (end < self.demand.shape[1])
        came = np.take_along_axis(until, np.minimum(end, self.demand.shape[1] - 1), axis=1) - until
        return float((came[known] <= self.points[known]).mean()) if known.any() else 0.0


def start_of(book: Book, policy: Policy) -> int:
    """The first review: a whole history back, or half the book if it is shorter."""
    return min(policy.history_days, book.days // 2) - 1


def replay(book: Book, terms: Terms, decide: Decide, policy: Policy) -> Replay:
    """Simulate every SKU at once. Everything a decision sees lies on or before its own evening."""
    start, shape = start_of(book, policy), book.demand.shape
    sold, closing = book.demand.copy(), np.zeros(shape)
    ordered, opening, points = np.zeros(shape), np.zeros(shape), np.full(shape, np.nan)
    arriving = np.zeros((shape[0], shape[1] + int(terms.lead_days.max(initial=0)) + 1))
    in_stock, takes_part = np.ones(shape, bool), np.zeros(shape, bool)
    active, shelf = np.zeros(shape[0], bool), np.zeros(shape[0])
    rows = np.arange(shape[0])
    for day in range(start, book.days):
        takes_part[:, day] = active
        sold[active, day] = np.minimum(book.demand[active, day], shelf[active])
        in_stock[active, day] = (shelf > 0)[active] & (shelf - sold[:, day] > 0)[active]
        shelf = np.where(active, shelf - sold[:, day], 0.0) + arriving[:, day]
        if (day - start) % policy.review_days == 0:
            known = _known(book, sold, in_stock, day, policy)
            advice = decide(known, terms.lead_days)
            target = np.maximum(advice.target_stock, 1.0)
            joins = ~active & (book.listed[:, : day + 1].sum(axis=1) >= min(YOUNGEST_DAYS, day))
            opening[:, day] = np.where(joins, target, 0.0)
            position = shelf + arriving[:, day + 1 :].sum(axis=1)
            needs = active & (position <= advice.reorder_point)
            quantity = terms.accepted(np.where(needs, np.maximum(target - position, 0.0), 0.0))
            ordered[:, day] = quantity
            arriving[rows, day + terms.lead_days] += quantity
            shelf, active = shelf + opening[:, day], active | joins
            points[active, day] = advice.reorder_point[active]
        closing[:, day] = shelf
    received = arriving[:, : book.days]
    return Replay(book.demand, sold, closing, received, ordered, opening, points, takes_part, start)


def _known(book: Book, sold: Units, in_stock: Flags, day: int, policy: Policy) -> History:
    """Sales until this evening, no further back than the policy looks."""
    days = slice(max(0, day + 1 - policy.history_days), day + 1)
    price = np.where(sold[:, days] > 0, book.price[:, days], np.nan)
    return History(sold[:, days], in_stock[:, days], book.listed[:, days], price, book.weekday[days])
