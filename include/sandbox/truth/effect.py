"""What audiences brought: of people drawn to be written to and people held out, who bought in their 28 days.

Everybody counts on the side they were drawn to, whatever reached them, once the 28 days after their first night are
over. Of 40 treated 12 buy and of 35 held out 5: the lift is 0.3000 - 0.1429 = 0.1571, between -0.04 and 0.33.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import sqrt
from typing import Any

from include.sandbox.truth.statistics import rounded, wilson

WINDOW = timedelta(days=28)


@dataclass(frozen=True)
class Exposed:
    """A person whom an audience could have had, since the first night they qualified."""

    audience: str
    person: str
    is_held_out: bool
    since: date


@dataclass(frozen=True)
class Sale:
    """What a person's order brought on its day; `amount` is None without an exchange rate."""

    person: str | None
    day: date
    amount: float | None
    is_sale: bool = True


def newcombe(successes: int, trials: int, others: int, other_trials: int) -> tuple[float, float, float]:
    """The difference of two rates and its 95 % interval."""
    p, q = successes / trials, others / other_trials
    (low, high), (other_low, other_high) = wilson(successes, trials), wilson(others, other_trials)
    below = sqrt((p - low) ** 2 + (other_high - q) ** 2)
    above = sqrt((high - p) ** 2 + (q - other_low) ** 2)
    return p - q, p - q - below, p - q + above


def effect(journal: list[Exposed], sales: list[Sale], audience: str, day: date) -> dict[str, Any]:
    """One row of mart_audience_effect."""
    known = [one for one in journal if one.audience == audience and one.since < day]
    over = [one for one in known if one.since + WINDOW <= day]
    row: dict[str, Any] = {"window_days": WINDOW.days, "people_under_observation": len(known) - len(over)}
    sides, of_person = {}, defaultdict[str | None, list[Sale]](list)
    for sale in sales:
        of_person[sale.person].append(sale)
    for name, is_held_out in (("treated", False), ("held_out", True)):
        people = [one for one in over if one.is_held_out == is_held_out]
        bought = [
            [
                sale.amount
                for sale in of_person[one.person]
                if sale.is_sale and one.since < sale.day <= one.since + WINDOW
            ]
            for one in people
        ]
        buyers = sum(bool(amounts) for amounts in bought)
        flat = [amount for amounts in bought for amount in amounts]
        revenue = None if None in flat else sum(flat)  # type: ignore[arg-type]
        sides[name] = (buyers, len(people), revenue)
        row |= {f"{name}_people": len(people), f"{name}_buyers": buyers}
    (x, m, earned), (y, n, other) = sides["treated"], sides["held_out"]
    names = ("lift", "lift_low", "lift_high")
    is_enough = m >= 30 and n >= 30
    interval = newcombe(x, m, y, n) if is_enough else (None, None, None)
    low, high = interval[1:]
    return {
        **row,
        **{name: _told(value, 6) for name, value in zip(names, interval, strict=True)},
        "treated_rate": _told(x / m, 6) if is_enough else None,
        "held_out_rate": _told(y / n, 6) if is_enough else None,
        "is_conclusive": low is not None and high is not None and (low > 0 or high < 0),
        "treated_revenue_per_person_amount": _told(earned, 4, m) if is_enough else None,
        "held_out_revenue_per_person_amount": _told(other, 4, n) if is_enough else None,
    }


def _told(value: float | Decimal | None, digits: int, by: int = 1) -> Decimal | None:
    return None if value is None else rounded(value / by, digits)
