"""What to hold by three rules: ours, and the two moving averages most shops use."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.backtest.history import History, Units, ratio
from include.backtest.points import Coverage, points_of
from include.backtest.policy import Policy


@dataclass(frozen=True)
class Advice:
    """Units per SKU: order at or under `reorder_point`, up to `target_stock`."""

    reorder_point: Units
    target_stock: Units
    coverage: Coverage | None = None


Decide = Callable[[History, NDArray[np.int64]], Advice]
Rule = Callable[[float], Decide]
"""z, the number of standard deviations held above the expectation, makes a rule careful or bold."""


def ours(policy: Policy) -> Callable[[float | None], Decide]:
    """Reorder points of int_restock__points with this z; None takes the z its back-test finds."""

    def at(z: float | None) -> Decide:
        def decide(history: History, lead_days: NDArray[np.int64]) -> Advice:
            points = points_of(history, lead_days, policy, z)
            return Advice(points.reorder_point, points.target_stock, points.coverage)

        return decide

    return at


def moving_average(days: int, policy: Policy) -> Rule:
    """Mean and standard deviation of the newest days in stock: mean x L + z x sigma x root L, L with review."""

    def at(z: float) -> Decide:
        def decide(history: History, lead_days: NDArray[np.int64]) -> Advice:
            mean, sigma = mean_and_sigma(history, days)
            horizon = lead_days + policy.review_days
            point = np.maximum(mean * horizon + z * sigma * np.sqrt(horizon), 0.0)
            return Advice(point, np.ceil(point + mean * (policy.cover_days - policy.review_days)))

        return decide

    return at


def mean_and_sigma(history: History, days: int) -> tuple[Units, Units]:
    """Over the newest `days` days on which the SKU was in stock, in units a day."""
    counted = history.counted
    newest = np.cumsum(counted[:, ::-1], axis=1)[:, ::-1]
    used = counted & (newest <= days)
    n = used.sum(axis=1)
    mean = ratio((history.units * used).sum(axis=1), n, 0.0)
    spread = (((history.units - mean[:, None]) ** 2) * used).sum(axis=1)
    return mean, np.sqrt(ratio(spread, n - 1, 0.0).clip(0))
