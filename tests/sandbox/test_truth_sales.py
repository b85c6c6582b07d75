"""The oracle's sales, on orders small enough to count by hand, and on a whole world."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from include.sandbox.truth import Sales, daily_sales, day_end, summary
from include.sandbox.world.model import Order, OrderLine, Refund, RefundLine
from tests.sandbox import tiny
from tests.sandbox.worlds import TODAY, small_world

DAY = date(2026, 3, 3)
NOW = datetime(2026, 3, 20, tzinfo=UTC)
AMOUNTS = (
    "gross_sales_amount",
    "discounts_amount",
    "returns_amount",
    "cancellations_amount",
    "net_sales_amount",
)


def world_of(*orders: Order, taxes_included: bool = False):
    world = tiny.world()
    company = replace(world.company, taxes_included=taxes_included)
    return replace(world, company=company, orders=list(orders))


def order(number: int = 5001, **more) -> Order:
    given = {"lines": [OrderLine(number * 10, 101, 4, 1000, 400, 252, 0.07)]}
    return replace(
        tiny.order(number, tiny.at(3), [tiny.parcel(number, tiny.at(4), [], number)]), **{**given, **more}
    )


def refund(at: datetime, restock: str, quantity: int = 1, goodwill: int = 0, number: int = 5001) -> Refund:
    lines = (
        (RefundLine(1, number * 10, quantity, 900 * quantity, 63 * quantity, restock, None),)
        if quantity
        else ()
    )
    return Refund(1, at, lines, goodwill)


def amounts(world, day: date, now: datetime = NOW) -> list[Decimal]:
    row = daily_sales(Sales(world, now))[day, "web"]
    return [row[name] for name in AMOUNTS]


def test_a_return_is_booked_on_the_day_of_the_refund():
    world = world_of(order(refunds=[refund(tiny.at(8), "RETURN")]))
    assert amounts(world, DAY) == [40, 4, 0, 0, 36]
    assert amounts(world, date(2026, 3, 8)) == [0, 0, 9, 0, -9]
    assert daily_sales(Sales(world, NOW))[DAY, "web"]["net_sales_cohort_amount"] == 27


def test_a_cancellation_is_never_a_return():
    world = world_of(order(refunds=[refund(tiny.at(3, 18), "CANCEL")]))
    assert amounts(world, DAY) == [40, 4, 0, 9, 27]


def test_goods_refunded_before_they_left_are_cancelled_whatever_the_restock_says():
    world = world_of(order(refunds=[refund(tiny.at(3, 18), "RETURN")]))
    assert amounts(world, DAY) == [40, 4, 0, 9, 27]


def test_goodwill_is_no_return():
    world = world_of(order(refunds=[refund(tiny.at(8), "NO_RESTOCK", quantity=0, goodwill=500)]))
    row = daily_sales(Sales(world, NOW))[date(2026, 3, 8), "web"]
    assert (row["returns_amount"], row["goodwill_amount"], row["net_sales_amount"]) == (0, 5, 0)


@pytest.mark.parametrize(
    "more",
    [{"test": True}, {"paid_at": None, "cancelled_at": tiny.at(4)}],
    ids=["test order", "voided before payment"],
)
def test_what_never_was_a_sale_is_left_out_of_everything(more):
    assert daily_sales(Sales(world_of(order(**more)), NOW)) == {}


def test_an_unpaid_order_counts_until_it_is_voided():
    world = world_of(order(paid_at=None, cancelled_at=tiny.at(6)))
    assert amounts(world, DAY, tiny.at(5)) == [40, 4, 0, 0, 36]
    assert daily_sales(Sales(world, tiny.at(7))) == {}


def test_a_gift_card_is_no_sale():
    world = world_of(order())
    product = replace(world.products[0], is_gift_card=True)
    world = replace(world, products=[product, *world.products[1:]])
    cards = {variant.id for variant in world.variants if variant.product_id == product.id}
    assert 101 in cards
    assert daily_sales(Sales(world, NOW)) == {}


def test_tax_inside_prices_is_taken_out_line_by_line():
    line = OrderLine(50010, 101, 3, 1190, 357, 513, 0.19)
    world = world_of(order(lines=[line], shipping_minor=595, shipping_tax_minor=95), taxes_included=True)
    row = daily_sales(Sales(world, NOW))[DAY, "web"]
    assert row["gross_sales_amount"] == 30
    assert row["discounts_amount"] == 3
    assert row["net_sales_amount"] == 27
    assert row["shipping_amount"] == 5
    assert row["tax_amount"] == Decimal("6.08")
    assert row["total_sales_amount"] == Decimal("38.08"), "what the customer paid"


def test_nothing_after_now_counts():
    world = world_of(order(refunds=[refund(tiny.at(8), "RETURN")]))
    assert date(2026, 3, 8) not in {day for day, _ in daily_sales(Sales(world, tiny.at(7)))}
    assert daily_sales(Sales(world, tiny.at(2))) == {}


def test_the_day_is_the_companys_own():
    late = order(created_at=datetime(2026, 3, 4, 3, 30, tzinfo=UTC))
    rows = daily_sales(Sales(world_of(late), NOW))
    assert list(rows) == [(DAY, "web")], "half past ten in the evening in New York"


def test_days_of_23_and_25_hours_hold_all_their_orders():
    world = small_world()
    spring = date(2026, 3, 8)
    start, end = day_end(world, spring - timedelta(days=1)), day_end(world, spring)
    assert end - start == timedelta(hours=23)
    sales = Sales(world, end)
    inside = [one for one in world.orders if start <= one.created_at < end and sales.is_sale(one)]
    assert sum(row["orders"] for row in daily_sales(sales, spring, spring).values()) == len(inside) > 0


def test_booked_and_cohort_sales_add_up_to_the_same():
    world = small_world()
    rows = daily_sales(Sales(world, day_end(world, world.last_day))).values()
    booked = sum(row["net_sales_amount"] for row in rows)
    assert booked == sum(row["net_sales_cohort_amount"] for row in rows)
    assert booked > 0


def test_orders_add_up_to_their_days():
    world = small_world()
    sales = Sales(world, day_end(world, TODAY))
    by_day: dict[date, Decimal] = defaultdict(Decimal)
    for one in sales.orders:
        told = sales.order(one)
        by_day[told["business_date"]] += told["net_sales_amount"]
    cohort: dict[date, Decimal] = defaultdict(Decimal)
    for (day, _), row in daily_sales(sales).items():
        cohort[day] += row["net_sales_cohort_amount"]
    assert {day: amount for day, amount in by_day.items() if amount} == {
        day: amount for day, amount in cohort.items() if amount
    }


def test_every_customer_is_new_once():
    world = small_world()
    rows = daily_sales(Sales(world, day_end(world, world.last_day))).values()
    buyers = {one.customer_id for one in world.orders if one.customer_id and one.paid_at and not one.test}
    assert sum(row["new_customer_orders"] for row in rows) == len(buyers)


def test_the_summary_of_a_past_day_does_not_change_its_bookings():
    world = small_world()
    day = TODAY - timedelta(days=10)
    at_its_end = summary(world, day_end(world, day), day)
    later = summary(world, day_end(world, TODAY), day)
    told_late = {"marketplace_fees", "contribution_margin"}
    assert {name for name in later if later[name] != at_its_end[name]} <= told_late
    assert at_its_end["orders"] > 0
