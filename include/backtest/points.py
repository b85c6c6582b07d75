"""Reorder points from what really happened: dbt's int_restock__stretches, int_restock__coverage and int_restock__points.

A stretch is the demand of lead time + review days. The reorder point is what is expected of the next one plus z times its
standard deviation, taken from the stretches of the history (not sigma times root L: days are not independent). z is
the quantile of the errors this very method made in the past weeks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.backtest.demand import Demand, demand_of
from include.backtest.history import History, Units, ratio
from include.backtest.policy import Policy

SMALLEST_SCALE, LARGEST_SCALE = 0.33, 3.0


@dataclass(frozen=True)
class Coverage:
    """Of past stretches, how many were judged, how many stayed within the nominal z, and the z that would have held."""

    judged: int
    covered: int
    z: float

    @property
    def realised(self) -> float | None:
        return self.covered / self.judged if self.judged else None


@dataclass(frozen=True)
class Points:
    """Units per SKU; 0 where nothing is wanted."""

    demand: Demand
    coverage: Coverage
    reorder_point: Units
    target_stock: Units


@dataclass(frozen=True)
class Spread:
    """Stretches seen until some day: how many, their mean, and their variance per unit of it at today's level."""

    windows: NDArray[np.int64]
    expected: Units
    variance: Units


def points_of(
    history: History, lead_days: NDArray[np.int64], policy: Policy, z: float | None = None
) -> Points:
    """What to hold, as of the evening of the history's last day. `lead_days` per SKU; `z` only to override."""
    history = history.last(policy.history_days)
    demand = demand_of(history, policy)
    horizon = lead_days + policy.review_days
    stretches = stretches_of(history, demand, horizon)
    today = np.full(len(horizon), history.days - 1)
    spread = _spread(stretches, demand.daily * horizon, today)
    shop = _dispersion_of_the_shop(spread, policy)
    coverage = coverage_of(history, demand, stretches, horizon, shop, policy)
    deviation = _deviation(spread, shop, policy)
    point = (spread.expected + (coverage.z if z is None else z) * deviation).round(2)
    target = np.ceil((point + demand.daily * (policy.cover_days - policy.review_days)).round(4))
    wanted = demand.daily > 0
    return Points(demand, coverage, np.where(wanted, point, 0.0), np.where(wanted, target, 0.0))


def stretches_of(history: History, demand: Demand, horizon: NDArray[np.int64]) -> Units:
    """Demand of the stretch that ended on each day (SKUs x days), NaN before a whole one was seen.

    Days not in stock are filled with the demand expected of them, if that is more than was sold.
    """
    relative = demand.weekday_index[:, history.weekday - 1]
    expected = demand.regular[:, None] * relative * demand.price_cuts.multiple
    filled = np.where(history.in_stock, history.units, np.maximum(history.units, expected))
    until = np.cumsum(np.where(history.listed, filled, 0.0), axis=1)
    seen = np.cumsum(history.listed, axis=1)
    back = np.arange(history.days) - horizon[:, None]
    before = np.where(back >= 0, np.take_along_axis(until, np.maximum(back, 0), axis=1), 0.0)
    return np.where(history.listed & (seen >= horizon[:, None]), until - before, np.nan)


def coverage_of(
    history: History,
    demand: Demand,
    stretches: Units,
    horizon: NDArray[np.int64],
    shop: float,
    policy: Policy,
) -> Coverage:
    """The back-test: as of past weeks, how many deviations above the expectation did what then came lie?"""
    levels = _levels_until(history, demand, policy)
    errors = np.concatenate(
        [
            _errors(history, demand, stretches, horizon, levels, shop, 7 * week, policy)
            for week in range(policy.back_test_weeks)
        ]
    )
    covered = int((errors <= policy.nominal_z).sum())
    if len(errors) < policy.fewest_judged:
        return Coverage(len(errors), covered, policy.nominal_z)
    held = float(np.quantile(errors, policy.service_level))
    return Coverage(len(errors), covered, float(np.clip(held, policy.lowest_z, policy.highest_z)))


def _errors(
    history: History, demand: Demand, stretches: Units, horizon: NDArray[np.int64], levels: Units, shop: float,
    ended: int, policy: Policy,
) -> Units:  # fmt: skip
    """Of the stretches that ended `ended` days ago, seen from the evening before they began; where enough lay behind."""
    last = history.days - 1 - ended
    if last < 0:
        return np.empty(0)
    began = last - horizon
    level = np.take_along_axis(levels, np.maximum(began, 0)[:, None], axis=1)[:, 0]
    spread = _spread(stretches, level * horizon, began)
    deviation = _deviation(spread, shop, policy)
    latest = stretches[:, last]
    judged = (
        (spread.windows >= policy.fewest_windows) & (demand.daily > 0) & (deviation > 0) & ~np.isnan(latest)
    )
    return ratio(latest - spread.expected, deviation)[judged]


def _spread(stretches: Units, expected: Units, until: NDArray[np.int64]) -> Spread:
    """Of the stretches that ended on or before column `until` (per SKU), scaled to what is expected now."""
    known = ~np.isnan(stretches) & (np.arange(stretches.shape[1]) <= until[:, None])
    windows = known.sum(axis=1)
    mean = ratio(np.where(known, stretches, 0.0).sum(axis=1), windows)
    squares = (np.where(known, stretches - mean[:, None], 0.0) ** 2).sum(axis=1)
    scale = np.clip(ratio(expected, mean), SMALLEST_SCALE, LARGEST_SCALE)
    return Spread(windows, expected, ratio(squares, windows) * scale**2)


def _dispersion_of_the_shop(spread: Spread, policy: Policy) -> float:
    """Variance of a stretch per unit expected, over all SKUs with a history; 1 (Poisson) without any."""
    known = (spread.windows >= policy.fewest_windows) & (spread.expected > 0) & ~np.isnan(spread.variance)
    expected = spread.expected[known].sum()
    return float(spread.variance[known].sum() / expected) if expected > 0 else 1.0


def _deviation(spread: Spread, shop: float, policy: Policy) -> Units:
    """Standard deviation of the coming stretch: the SKU's own variance and, by `shop_share`, the shop's; a young SKU has no own."""
    of_shop = np.maximum(spread.expected, 0.0) * shop
    has_own = (spread.windows >= policy.fewest_windows) & ~np.isnan(spread.variance)
    own = np.where(has_own, spread.variance, of_shop)
    return np.asarray(np.sqrt((1 - policy.shop_share) * own + policy.shop_share * of_shop))


def _levels_until(history: History, demand: Demand, policy: Policy) -> Units:
    """The level as it stood on each past day (SKUs x days), at today's weekdays and uplifts."""
    weight = (1 - policy.level_alpha) ** history.age * history.counted
    relative = demand.weekday_index[:, history.weekday - 1]
    sold = np.cumsum(weight * history.units / demand.price_cuts.multiple, axis=1)
    return ratio(sold, np.cumsum(weight * relative, axis=1)) * demand.price_cuts.usual_factor[:, None]
