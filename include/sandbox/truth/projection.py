"""A shelf day by day: when it runs empty, and how long what is there and what is coming lasts.

What is owed to orders already placed is filled first; forecast demand that meets an empty shelf is lost. 10 on
hand, 5 a day and 20 arriving on day 5: empty on day 2, and gone for good on day 8.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

PROJECTED_DAYS, LONGEST_DAYS = 120, 999
A_CRUMB = 0.001
"""Below this a shelf is empty: sums of fractions of units never end at zero."""


@dataclass(frozen=True, slots=True)
class Projection:
    """`stockout_date` is None when it is further away than anybody looks."""

    stockout_date: date | None
    days_of_cover: float
    days_of_cover_incl_on_order: float


def project(
    available: int, daily: float, weekdays: Mapping[int, float], receipts: Mapping[date, int], day: date
) -> Projection:
    """From the end of `day` on; `weekdays` is what share of an average day's demand each ISO weekday has. After
    the last projected day what is left is sold at the average."""
    shelf, owed = float(max(available, 0)), float(max(-available, 0))
    gone_after, first_empty = shelf / daily, None
    for number in range(1, PROJECTED_DAYS + 1):
        today = day + timedelta(days=number)
        arrived = float(receipts.get(today, 0))
        filled = min(owed, arrived)
        owed -= filled
        shelf = max(shelf + arrived - filled - daily * weekdays.get(today.isoweekday(), 1.0), 0.0)
        if shelf >= A_CRUMB:
            gone_after = number + shelf / daily
        elif first_empty is None:
            first_empty = today
    return Projection(
        _stockout(available, first_empty, gone_after, day),
        min(max(available, 0) / daily, LONGEST_DAYS),
        min(gone_after, LONGEST_DAYS),
    )


def _stockout(available: int, first_empty: date | None, gone_after: float, day: date) -> date | None:
    if available <= 0:
        return day
    if first_empty:
        return first_empty
    return day + timedelta(days=ceil(gone_after)) if gone_after <= LONGEST_DAYS else None
