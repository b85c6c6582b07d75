"""The replay: nothing appears from nowhere, nothing is known before it happened."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from include.backtest.policy import OURS
from include.backtest.replay import Replay, replay, start_of
from include.backtest.rules import moving_average, ours
from tests.backtest.books import a_book, some_terms

RULES = {"ours": ours(OURS)(None), "mean": moving_average(28, OURS)(1.0)}
FEW = settings(max_examples=12, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)


def a_replay(seed: int, rule: str = "ours", skus: int = 12, days: int = 160) -> Replay:
    return replay(a_book(skus, days, seed), some_terms(skus, seed), RULES[rule], OURS)


@FEW
@given(seed=SEEDS, rule=st.sampled_from(sorted(RULES)))
def test_what_came_less_what_was_sold_is_what_is_there(seed, rule):
    done = a_replay(seed, rule)
    sold = (done.sold * done.takes_part).sum(axis=1)
    held = done.opening.sum(axis=1) + (done.received * done.takes_part).sum(axis=1) - sold
    assert np.array_equal(held, done.closing[:, -1])
    assert done.closing.min() >= 0
    assert 0 <= done.fill_rate <= 1
    assert (done.sold <= done.demand).all()


@FEW
@given(seed=SEEDS, changed=st.integers(90, 158))
def test_the_future_changes_no_decision_before_it(seed, changed):
    book, terms = a_book(12, 160, seed), some_terms(12, seed)
    future = np.arange(160) > changed
    other = replace(book, demand=np.where(future, 9.0, book.demand), price=np.where(future, 1.0, book.price))
    for rule in RULES.values():
        one, two = replay(book, terms, rule, OURS), replay(other, terms, rule, OURS)
        past = slice(0, changed + 1)
        assert (one.ordered[:, past] == two.ordered[:, past]).all()
        assert (one.closing[:, past] == two.closing[:, past]).all()


def test_an_order_arrives_at_the_close_of_the_last_lead_day():
    done, terms = a_replay(3), some_terms(12, 3)
    ordered = np.argwhere(done.ordered[:, : 160 - 15] > 0)
    assert len(ordered)
    for sku, day in ordered:
        assert done.received[sku, day + terms.lead_days[sku]] == done.ordered[sku, day]


def test_orders_are_whole_packs_of_at_least_the_minimum():
    done, terms = a_replay(3), some_terms(12, 3)
    placed = done.ordered > 0
    assert (done.ordered % terms.pack[:, None] == 0).all()
    assert (done.ordered >= terms.least[:, None])[placed].all()


def test_lost_sales_are_not_told_to_the_policy():
    """Whatever more people want of an empty shelf, the orders stay the same."""
    book, terms = a_book(12, 160, 5), some_terms(12, 5)
    bold = moving_average(28, OURS)(-2.0)
    done = replay(book, terms, bold, OURS)
    lost = done.takes_part & (done.demand > done.sold)
    assert lost.sum() > 20
    more = replay(replace(book, demand=book.demand + 50 * lost), terms, bold, OURS)
    assert (more.ordered == done.ordered).all()
    assert more.fill_rate < done.fill_rate


def test_a_new_product_joins_only_when_two_weeks_of_it_are_known():
    book = a_book(12, 160, 1)
    done = replay(book, some_terms(12, 1), RULES["ours"], OURS)
    joined = np.where(done.opening.any(axis=1), np.argmax(done.opening > 0, axis=1), 160)
    listed = np.argmax(book.listed, axis=1)
    start = start_of(book, OURS)
    assert (joined >= np.maximum(listed + 13, start)).all()
    assert joined[9] > start
