"""New products, price cuts and days out of stock: each told from the demand it would otherwise be taken for."""

from dataclasses import replace

import numpy as np
import pytest

from include.backtest.book import listed_from
from include.backtest.demand import demand_of
from include.backtest.history import History, prices_held
from include.backtest.points import points_of
from include.backtest.policy import OURS
from include.backtest.rules import mean_and_sigma

DAYS = 120
LEAD = np.array([7])


def steady(units: float = 4.0, days: int = DAYS, **changes) -> History:
    """One SKU that sells the same every day at one price."""
    ones = np.ones((1, days))
    known = History(units * ones, ones > 0, ones > 0, 9 * ones, np.arange(days) % 7 + 1)
    return replace(known, **changes)


def test_a_day_out_of_stock_says_nothing_of_demand():
    empty = np.arange(DAYS)[None, :] >= DAYS - 20
    sold = np.where(empty, 0.0, 4.0)
    assert demand_of(replace(steady(), units=sold, in_stock=~empty), OURS).daily == pytest.approx(4)
    assert demand_of(replace(steady(), units=sold), OURS).daily[0] < 3
    assert mean_and_sigma(replace(steady(), units=sold, in_stock=~empty), 28)[0] == pytest.approx(4)


def test_stretches_over_an_empty_shelf_are_filled_with_what_was_expected():
    empty = np.arange(DAYS)[None, :] % 10 == 0
    sold = np.where(empty, 0.0, 4.0)
    filled = points_of(replace(steady(), units=sold, in_stock=~empty), LEAD, OURS)
    assert filled.reorder_point == pytest.approx(points_of(steady(), LEAD, OURS).reorder_point, abs=0.02)
    assert points_of(replace(steady(), units=sold), LEAD, OURS).reorder_point[0] < filled.reorder_point[0]


def test_a_price_cut_that_is_over_is_not_taken_for_the_level():
    cut = (np.arange(DAYS) >= DAYS - 12) & (np.arange(DAYS) < DAYS - 2)
    units, price = np.where(cut, 20.0, 4.0)[None, :], np.where(cut, 6.0, 9.0)[None, :]
    seen = demand_of(replace(steady(), units=units, price=price), OURS)
    blind = demand_of(replace(steady(), units=units), OURS)
    assert seen.regular == pytest.approx(4, rel=0.05)
    assert seen.price_cuts.uplift == pytest.approx(5, rel=0.05)
    usual = seen.regular[0] * seen.price_cuts.usual_factor[0]
    assert seen.regular[0] < seen.daily[0] < usual < 6.5 < blind.daily[0]


def test_a_cut_that_runs_today_raises_what_is_expected():
    often = np.arange(DAYS) % 30 < 6
    units, price = np.where(often, 12.0, 4.0)[None, :], np.where(often, 6.0, 9.0)[None, :]
    regular = demand_of(replace(steady(), units=units, price=price), OURS).daily[0]
    running = [part[:, : DAYS - 26] for part in (units, price)]
    now = demand_of(replace(steady(days=DAYS - 26), units=running[0], price=running[1]), OURS).daily[0]
    assert now > 1.1 * regular


def test_days_without_a_sale_keep_the_price_of_the_last_one():
    held = prices_held(np.array([[np.nan, 9.0, np.nan, 6.0, np.nan, 9.0]]))
    assert held.tolist() == [[pytest.approx(np.nan, nan_ok=True), 9.0, 9.0, 6.0, 6.0, 9.0]]


def test_a_new_product_is_not_read_as_having_sold_nothing_before():
    young = np.arange(DAYS)[None, :] >= DAYS - 20
    sold = np.where(young, 4.0, 0.0)
    assert demand_of(replace(steady(), units=sold, listed=young), OURS).daily == pytest.approx(4)
    assert demand_of(replace(steady(), units=sold), OURS).daily[0] < 2.5


def test_the_day_a_product_was_first_sold_is_no_sample():
    sold = np.zeros((2, 9))
    sold[0, 4], sold[1, 0] = 3, 2
    assert listed_from(sold).astype(int).tolist() == [[0] * 5 + [1] * 4, [1] * 9]


def test_a_new_product_borrows_the_spread_of_the_shop():
    dice = np.random.default_rng(2)
    units = dice.poisson(4.0, (6, DAYS)).astype(float)
    units[:5] += 12 * (dice.random((5, DAYS)) < 0.1)
    listed = np.ones((6, DAYS), bool)
    listed[5, : DAYS - 20] = False
    units[5] = 4.0  # twenty days without any spread of its own
    ones = np.ones((6, DAYS))
    shop = History(units, ones > 0, listed, 9 * ones, np.arange(DAYS) % 7 + 1)
    points = points_of(shop, np.full(6, 7), OURS, z=2.0)
    safety = points.reorder_point - points.demand.daily * 14
    assert safety[5] > 10
    assert points_of(steady(), LEAD, OURS, z=2.0).reorder_point == pytest.approx(4 * 14, rel=0.01)


def test_the_back_test_raises_z_when_the_normal_one_did_not_hold():
    dice = np.random.default_rng(4)
    calm = dice.poisson(4.0, (60, 182)).astype(float)
    ones = np.ones(calm.shape)
    shop = History(calm, ones > 0, ones > 0, 9 * ones, np.arange(182) % 7 + 1)
    wild = replace(shop, units=np.where(np.arange(182) >= 140, dice.poisson(9.0, calm.shape), calm))
    lead = np.full(60, 7)
    held, broken = points_of(shop, lead, OURS).coverage, points_of(wild, lead, OURS).coverage
    assert held.realised is not None
    assert held.realised > 0.9
    assert broken.realised is not None
    assert broken.realised < 0.8
    assert broken.z > held.z
    assert OURS.lowest_z <= held.z <= OURS.highest_z
