"""Percentiles and intervals, written out from their textbook definitions."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from math import floor, sqrt

Z = 1.96
DIGITS = 15  # what a double is good for


def percentile(values: Iterable[float], fraction: float, fewest: int = 1) -> Decimal | None:
    """The value below which a fraction of all lies, on the straight line between its two neighbours (the
    continuous percentile of SQL). None for fewer than `fewest` values. Of 1, 2 and 4 the 95th is 3.8."""
    ordered = sorted(values)
    if len(ordered) < max(fewest, 1):
        return None
    place = fraction * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    value = ordered[below] + (place - below) * (ordered[above] - ordered[below])
    return Decimal(f"{value:.{DIGITS}g}")


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a rate."""
    rate, square = successes / trials, Z * Z
    middle = rate + square / (2 * trials)
    reach = Z * sqrt(rate * (1 - rate) / trials + square / (4 * trials * trials))
    return (middle - reach) / (1 + square / trials), (middle + reach) / (1 + square / trials)


def rounded(value: float | Decimal, digits: int) -> Decimal:
    """Half away from zero, of what a double is good for."""
    exact = value if isinstance(value, Decimal) else Decimal(f"{value:.{DIGITS}g}")
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
