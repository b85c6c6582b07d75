"""Our policy against two moving averages: forecast error, and the stock each needs for the same fill rate."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from include.backtest.book import Book, Terms
from include.backtest.demand import demand_of
from include.backtest.history import Flags, History, Units
from include.backtest.policy import Policy
from include.backtest.replay import Replay, replay, start_of
from include.backtest.rules import Rule, mean_and_sigma, moving_average, ours

HORIZONS = (7, 14, 28)
PEERS = (28, 91)
Z_SOUGHT = (-1.0, 8.0)
CLOSE_ENOUGH = 0.0002
MOST_TRIES = 14
FRONTIER = (0.25, 1.0, 2.5)
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Error:
    """Of the sums over some days, all SKUs and as-of days: |error| and error, each per unit wanted."""

    wape: float
    bias: float


@dataclass(frozen=True)
class Outcome:
    """One method: its z (None: found by its own back-test), what it held and lost, and every (fill, stock) tried."""

    name: str
    z: float | None
    fill_rate: float
    stock_out_days: float
    average_stock: float
    coverage: float
    errors: dict[int, Error]
    tried: list[tuple[float, float]] = field(default_factory=list)


def compare(book: Book, terms: Terms, policy: Policy, tell: Tell = lambda _: None) -> list[Outcome]:
    """Ours at its service level; each moving average with the z at which it fills as much. Ours comes first."""
    horizon = terms.lead_days + policy.review_days
    tell("our policy")
    errors = forecast_errors(book, policy)
    best = replay(book, terms, ours(policy)(None), policy)
    tried = [_point(best)]
    for z in FRONTIER:
        tell(f"our policy with z {z}")
        tried.append(_point(replay(book, terms, ours(policy)(z), policy)))
    found = [_outcome("Nightshift", None, best, horizon, errors["ours"], tried)]
    for days in PEERS:
        name = f"{days}-day mean"
        seen: list[tuple[float, float]] = []
        z, result = at_fill_rate(
            book, terms, moving_average(days, policy), best.fill_rate, policy, seen, name, tell
        )
        found.append(_outcome(name, z, result, horizon, errors[name], seen))
    return found


def at_fill_rate(
    book: Book, terms: Terms, rule: Rule, fill_rate: float, policy: Policy, seen: list[tuple[float, float]],
    name: str = "", tell: Tell = lambda _: None,
) -> tuple[float, Replay]:  # fmt: skip
    """The z at which a rule fills this share of demand, by bisection on the same simulation; the nearest found."""
    low, high = Z_SOUGHT
    best: tuple[float, float, Replay] | None = None
    for _ in range(MOST_TRIES):
        z = (low + high) / 2
        tell(f"{name} with z {z:.2f}")
        result = replay(book, terms, rule(z), policy)
        seen.append(_point(result))
        gap = result.fill_rate - fill_rate
        if best is None or abs(gap) < best[0]:
            best = (abs(gap), z, result)
        if abs(gap) <= CLOSE_ENOUGH:
            break
        low, high = (z, high) if gap < 0 else (low, z)
    assert best
    return best[1], best[2]


def forecast_errors(book: Book, policy: Policy) -> dict[str, dict[int, Error]]:
    """Every week from the first review on: sums over the coming days, of SKUs on sale by then, against what came."""
    names = ("ours", *(f"{days}-day mean" for days in PEERS))
    sums = {(name, ahead): np.zeros(3) for name in names for ahead in HORIZONS}
    for day in range(start_of(book, policy), book.days - max(HORIZONS), 7):
        known = history_of(book, day, policy)
        demand = demand_of(known, policy)
        on_sale = np.asarray(known.listed.any(axis=1))
        for ahead in HORIZONS:
            coming = slice(day + 1, day + 1 + ahead)
            came = book.demand[:, coming].sum(axis=1)
            relative = demand.weekday_index[:, book.weekday[coming] - 1].sum(axis=1)
            _add(sums["ours", ahead], demand.daily * relative, came, on_sale)
            for days in PEERS:
                _add(sums[f"{days}-day mean", ahead], mean_and_sigma(known, days)[0] * ahead, came, on_sale)
    return {name: {ahead: _error(sums[name, ahead]) for ahead in HORIZONS} for name in names}


def history_of(book: Book, day: int, policy: Policy) -> History:
    """The book until a day's close, as if nothing had ever been sold out."""
    days = slice(max(0, day + 1 - policy.history_days), day + 1)
    price = np.where(book.demand[:, days] > 0, book.price[:, days], np.nan)
    listed = book.listed[:, days]
    return History(book.demand[:, days], np.ones(listed.shape, bool), listed, price, book.weekday[days])


def _add(total: Units, forecast: Units, came: Units, counted: Flags) -> None:
    gap = (forecast - came)[counted]
    total += (np.abs(gap).sum(), gap.sum(), came[counted].sum())


def _error(total: Units) -> Error:
    wanted = total[2] or np.nan
    return Error(float(total[0] / wanted), float(total[1] / wanted))


def _point(result: Replay) -> tuple[float, float]:
    return result.fill_rate, result.average_stock


def _outcome(
    name: str, z: float | None, result: Replay, horizon: NDArray[np.int64], errors: dict[int, Error],
    tried: list[tuple[float, float]],
) -> Outcome:  # fmt: skip
    return Outcome(
        name,
        z,
        result.fill_rate,
        result.stock_out_days,
        result.average_stock,
        result.coverage(horizon),
        errors,
        tried,
    )
