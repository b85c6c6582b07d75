"""What the oracle says of the orders Klaviyo was told of: counted by hand on the tiny company."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from include.sandbox.truth.placed_orders import placed_orders
from include.sandbox.truth.sales import Sales
from include.sandbox.world.hearsay import order_told_at
from include.sandbox.world.model import Order
from tests.sandbox import browsers, tiny
from tests.sandbox.tiny import at

FIRST = date(2026, 3, 1)
NOW = at(10)


def placed(*orders: Order, now: datetime = NOW) -> dict:
    found = placed_orders(Sales(replace(browsers.world(), orders=list(orders)), now))
    return {day: (one.ours, one.told, one.explained, one.orders, one.differing) for day, one in found.items()}


def an_order(*, is_late: bool = False, **more) -> Order:
    """Of the 1st, 10.70 of Ann's; whether Klaviyo hears of it late is drawn from its number."""
    for number in range(9000, 12_000):
        order = replace(tiny.order(number, at(1), []), **more)
        if (order_told_at(order) > order.created_at) == is_late:
            return order
    raise AssertionError("no number draws that")


def test_people_klaviyo_does_not_know_and_tests_are_reasons():
    guest, nameless = an_order(customer_id=None), an_order(customer_id=browsers.GHOST)
    test = an_order(test=True)
    amounts = (Decimal("32.10"), Decimal("21.40"), Decimal("10.70"), 4, 0)
    assert placed(an_order(), guest, nameless, test) == {FIRST: amounts}


def test_a_cancelled_order_stays_told():
    gone = an_order(paid_at=None, cancelled_at=at(2))
    assert placed(gone) == {FIRST: (Decimal("10.70"), Decimal("10.70"), 0, 1, 0)}


def test_an_order_on_its_way_to_klaviyo_has_no_reason_until_it_arrives():
    late = an_order(is_late=True)
    now = order_told_at(late)
    assert placed(an_order(), late, now=now) == {FIRST: (Decimal("21.40"), Decimal("10.70"), 0, 2, 1)}
    after = placed(an_order(), late, now=now + timedelta(seconds=1))
    assert after == {FIRST: (Decimal("21.40"), Decimal("21.40"), 0, 2, 0)}


def test_without_any_order_told_there_is_nothing_to_compare():
    assert placed(an_order(customer_id=None)) == {}
