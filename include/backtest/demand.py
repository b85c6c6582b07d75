"""What is wanted on an average day: dbt's int_weekdays__indexed, int_price_cuts__measured and int_demand__levelled."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from include.backtest.history import Flags, History, Units, prices_held, ratio
from include.backtest.policy import Policy


@dataclass(frozen=True)
class PriceCuts:
    """`is_cut` (SKUs x days), how many times as much a cut day sells (`uplift`, SKUs, at least 1), and what an
    average day of the time to come sells relative to a regular one (`factor`, SKUs)."""

    is_cut: Flags
    uplift: Units
    factor: Units
    usual_factor: Units

    @property
    def multiple(self) -> Units:
        """Of every day: the uplift where the price was cut, else 1."""
        return np.where(self.is_cut, self.uplift[:, None], 1.0)


@dataclass(frozen=True)
class Demand:
    """One evening's view of every SKU; rates in units a day."""

    daily: Units
    regular: Units
    weekday_index: Units  # SKUs x 7, Monday first
    price_cuts: PriceCuts


def demand_of(history: History, policy: Policy) -> Demand:
    """Level, weekdays and price cuts of every SKU as of the history's last day."""
    index = weekday_index(history, policy)
    relative = index[:, history.weekday - 1]
    cuts = price_cuts(history, policy)
    weight = (1 - policy.level_alpha) ** history.age * (history.age < policy.level_days)
    regular = _level(history, relative, cuts, weight)
    return Demand(regular * cuts.factor, regular, index, cuts)


def weekday_index(history: History, policy: Policy) -> Units:
    """How much of an average day each weekday sells (SKUs x 7, mean 1): the SKU's own index shrunk to the shop's.

    A SKU with as many units as the prior stands half way between the two.
    """
    is_day = history.weekday[:, None] == np.arange(1, 8)
    counted = history.counted.astype(float)
    sold = history.units * counted
    any_sku = counted.any(axis=0).astype(float)
    by_day = ratio(sold.sum(axis=0) @ is_day, any_sku @ is_day)
    known = by_day[~np.isnan(by_day)]
    mean = known.mean() if len(known) else 0.0
    shop = np.where(np.isnan(by_day), 1.0, by_day / mean) if mean > 0 else np.ones(7)
    prior = policy.weekday_prior_units / 7
    sku_mean = ratio(sold.sum(axis=1), counted.sum(axis=1), 0.0)
    own = (sold @ is_day + prior * shop) / (counted @ is_day * sku_mean[:, None] + prior)
    return np.asarray(own / own.mean(axis=1, keepdims=True))


def price_cuts(history: History, policy: Policy) -> PriceCuts:
    """A day is cut when its price is below 0.93 of the SKU's median price; the uplift is measured against regular
    days and shrunk to the shop's. Cuts come again, so the expected share of cut days is put back on the level,
    leaning towards today's state as far as cuts last."""
    price = prices_held(np.where(history.listed, history.price, np.nan))
    usual = _median(price)
    with np.errstate(invalid="ignore"):
        is_cut = history.listed & (price < policy.price_cut_below * usual[:, None])
    counted = history.counted
    regular_days = (counted & ~is_cut).sum(axis=1)
    regular_mean = ratio((history.units * (counted & ~is_cut)).sum(axis=1), regular_days, 0.0)
    judged = regular_days >= policy.fewest_regular_days
    expected = (counted & is_cut).sum(axis=1) * regular_mean * judged
    got = (history.units * (counted & is_cut)).sum(axis=1) * judged
    shop = got.sum() / expected.sum() if expected.sum() > 0 else 1.0
    prior = policy.price_cut_prior_units
    uplift = np.where(judged, np.maximum((got + prior * shop) / (expected + prior), 1.0), 1.0)
    share = ratio(is_cut.sum(axis=1), history.listed.sum(axis=1), 0.0)
    ahead = share + policy.price_cut_carry * (is_cut[:, -1] - share)
    return PriceCuts(is_cut, uplift, 1 + (uplift - 1) * ahead, 1 + (uplift - 1) * share)


def _level(history: History, relative: Units, cuts: PriceCuts, weight: NDArray[np.floating]) -> Units:
    """Units of a regular day: days in stock, recent ones weighing more. Without one, what was sold all the same."""
    plain = history.units / cuts.multiple
    counted, listed = history.counted * weight, history.listed * weight
    level = ratio((plain * counted).sum(axis=1), (relative * counted).sum(axis=1))
    floor = ratio((plain * listed).sum(axis=1), (relative * listed).sum(axis=1), 0.0)
    return np.where(np.isnan(level), floor, level)


def _median(values: Units) -> Units:
    """Row by row over what is known; NaN where nothing is."""
    known = (~np.isnan(values)).sum(axis=1)
    ordered = np.sort(values, axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(known - 1, 0) // 2, np.minimum(known // 2, values.shape[1] - 1)
    return np.where(known > 0, (ordered[rows, low] + ordered[rows, high]) / 2, np.nan)
