"""The oracle's marketplace: sales, fees and how the marketplace judges us, counted by hand."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from include.sandbox.truth import MarketplaceSales, marketplace_fees, seller_health
from include.sandbox.truth import marketplace as sales_truth
from include.sandbox.world.model import MarketplaceOrder
from tests.sandbox import tiny, tiny_wider

NOW = datetime(2026, 3, 20, tzinfo=UTC)
DAY = date(2026, 3, 19)


@pytest.fixture(autouse=True)
def _mapped(monkeypatch):
    monkeypatch.setattr(sales_truth, "components", tiny_wider.mapped)


def world_of(*orders: MarketplaceOrder, charges=()):
    return tiny_wider.company(marketplace=tiny_wider.marketplace(*orders, charges=charges))


def fees_of(world, now: datetime = NOW, asked: datetime | None = None) -> dict[str, Decimal]:
    return {row.fee_type: row.amount for row in marketplace_fees(world, now, asked)}


def health(metric: str, *orders: MarketplaceOrder, now: datetime = NOW, day: date = DAY):
    found = seller_health(world_of(*orders), now, day)[metric]
    return found.numerator, found.denominator


def ours(number: int, created: datetime, **more) -> MarketplaceOrder:
    """Ours to ship: out after a day, delivered two days later."""
    delivered = tiny.scan(created + timedelta(days=3), "delivered")
    picked_up = tiny.scan(created + timedelta(days=1, hours=2), "in_transit")
    parcel = tiny.parcel(number, created + timedelta(days=1), [picked_up, delivered])
    return tiny_wider.sold(number, created, "MERCHANT", **{"parcels": [parcel], **more})


def unshipped(number: int, created: datetime, **more) -> MarketplaceOrder:
    return ours(number, created, parcels=[], shipped_at=None, posted_at=None, released_at=None, **more)


# ---------------------------------------------------------------------- sales


def test_an_order_belongs_to_the_marketplaces_day():
    late = datetime(2026, 3, 3, 5, tzinfo=UTC)  # nine in the evening of the 2nd in Los Angeles
    row = MarketplaceSales(world_of(tiny_wider.sold(1, late)), NOW).daily()[date(2026, 3, 2)]
    assert (row["orders"], row["net_sales_amount"], row["new_customer_orders"]) == (1, Decimal(12), 0)


def test_a_cancelled_order_was_never_charged():
    order = unshipped(1, tiny.at(2), cancelled_at=tiny.at(3), cancelled_by="BUYER")
    assert MarketplaceSales(world_of(order), NOW).daily() == {}
    assert MarketplaceSales(world_of(order), tiny.at(2, 20)).daily()[date(2026, 3, 2)]["orders"] == 1


@pytest.mark.parametrize(
    ("disposition", "kind", "returns"),
    [("SELLABLE", "return", 12), ("CUSTOMER_DAMAGED", "damaged", 12), (None, "adjustment", 0)],
    ids=["came back", "came back broken", "never came back"],
)
def test_only_goods_that_came_back_are_a_return(disposition, kind, returns):
    order = tiny_wider.sold(1, tiny.at(2))
    order.refunds.append(tiny_wider.refund(order, tiny.at(8), disposition, tiny.at(9)))
    sales = MarketplaceSales(world_of(order), NOW)
    assert [one.kind for one in sales.refunded(order)] == [kind]
    assert sales.daily()[date(2026, 3, 8)]["returns_amount"] == returns


def test_a_refund_is_learnt_two_days_late_and_its_goods_when_they_come():
    order = tiny_wider.sold(1, tiny.at(2))
    order.refunds.append(tiny_wider.refund(order, tiny.at(8), "SELLABLE", tiny.at(12)))
    world = world_of(order)
    assert MarketplaceSales(world, tiny.at(9)).refunded(order) == []
    assert [one.kind for one in MarketplaceSales(world, tiny.at(11)).refunded(order)] == ["adjustment"]
    assert [one.kind for one in MarketplaceSales(world, tiny.at(13)).refunded(order)] == ["return"]


def test_a_kit_costs_what_is_in_it_and_an_unknown_part_makes_it_unknown():
    sales = MarketplaceSales(world_of(), NOW)
    coffee, kit = (tiny_wider.sold(n, tiny.at(2)).lines[0] for n in (1, 2))
    assert sales.cost_minor(coffee, DAY) == 400
    kit = tiny_wider.MarketplaceLine("9", "LP-KIT-FBA", 1, 2900, 0, 0, 0, ())
    assert sales.cost_minor(kit, DAY) is None, "nobody knows what tea costs"
    nobodys = tiny_wider.MarketplaceLine("9", "LP-UNKNOWN", 1, 2900, 0, 0, 0, ())
    assert sales.cost_minor(nobodys, DAY) is None


# ---------------------------------------------------------------------- fees


def test_fees_are_costs_on_the_day_they_were_posted():
    world = world_of(tiny_wider.sold(1, tiny.at(2)), charges=[tiny_wider.charge(tiny.at(1, 12))])
    assert fees_of(world) == {
        "Commission": Decimal("1.8"), "FBAPerUnitFulfillmentFee": Decimal(3), "Subscription": Decimal("39.99")
    }  # fmt: skip
    days = {row.fee_type: row.posted_date for row in marketplace_fees(world, NOW)}
    assert days["Commission"] == date(2026, 3, 3)
    assert days["Subscription"] == date(2026, 3, 1)


def test_a_refund_gives_some_of_the_fees_back():
    order = tiny_wider.sold(1, tiny.at(2))
    order.refunds.append(tiny_wider.refund(order, tiny.at(8)))
    rows = [
        (row.fee_type, row.amount)
        for row in marketplace_fees(world_of(order), NOW)
        if row.posted_date.day == 8
    ]
    assert rows == [("Commission", Decimal("-1.8")), ("RefundCommission", Decimal("0.36"))]


def test_fees_are_told_two_days_after_they_were_posted():
    world = world_of(tiny_wider.sold(1, tiny.at(2)))  # posted on the 3rd at 13:00
    assert fees_of(world, tiny.at(5, 13)) == {}
    assert set(fees_of(world, tiny.at(5, 14))) == {"Commission", "FBAPerUnitFulfillmentFee"}
    assert set(fees_of(world, tiny.at(4), tiny.at(9))) == {"Commission", "FBAPerUnitFulfillmentFee"}, (
        "asked later"
    )
    assert fees_of(world, tiny.at(3), tiny.at(9)) == {}, "not posted yet then"


def test_held_money_is_an_estimate_until_it_is_released_and_counts_once():
    world = world_of(tiny_wider.sold(1, tiny.at(2)))  # released on the 12th at 12:00
    for now, is_estimated in ((tiny.at(14, 11), True), (tiny.at(14, 13), False)):
        rows = marketplace_fees(world, now)
        assert [row.is_estimated for row in rows] == [is_estimated] * 2
    at_once = tiny_wider.sold(1, tiny.at(2), released_at=tiny.at(3, 13))
    assert not any(row.is_estimated for row in marketplace_fees(world_of(at_once), tiny.at(6)))


# ---------------------------------------------------------------------- seller health


def test_bad_stars_and_granted_claims_make_an_order_defective_once():
    orders = [
        tiny_wider.sold(1, tiny.at(2), rating=2, rated_at=tiny.at(9), claim_at=tiny.at(9)),
        tiny_wider.sold(2, tiny.at(2), rating=3, rated_at=tiny.at(9)),
        tiny_wider.sold(3, tiny.at(2), claim_at=tiny.at(9)),
        tiny_wider.sold(4, tiny.at(2), claim_at=tiny.at(9), claim_denied=True),
        tiny_wider.sold(5, tiny.at(2), rating=1, rated_at=tiny.at(25)),
    ]
    assert health("order_defect_rate", *orders) == (2, 5)


def test_a_claim_is_learnt_two_days_late():
    order = tiny_wider.sold(1, tiny.at(2), claim_at=tiny.at(9))
    assert health("order_defect_rate", order, now=tiny.at(10), day=date(2026, 3, 9)) == (0, 1)


def test_only_what_we_cancelled_ourselves_of_our_own_orders_counts():
    orders = [
        unshipped(1, tiny.at(15), cancelled_at=tiny.at(16), cancelled_by="SELLER"),
        unshipped(2, tiny.at(15), cancelled_at=tiny.at(16), cancelled_by="BUYER"),
        tiny_wider.sold(3, tiny.at(15)),
        unshipped(4, tiny.at(12), cancelled_at=tiny.at(13), cancelled_by="SELLER"),
    ]
    assert health("cancellation_rate", *orders) == (1, 2), "the last is eight days old"


def test_late_is_what_had_not_left_when_it_should():
    orders = [
        ours(1, tiny.at(11)),
        ours(2, tiny.at(11), ship_by=tiny.at(12, 11)),
        unshipped(3, tiny.at(11)),
        ours(4, tiny.at(18), ship_by=tiny.at(22)),
        ours(5, tiny.at(11), parcels=[], ship_by=tiny.at(12, 11)),
        unshipped(6, tiny.at(11), cancelled_at=tiny.at(12), cancelled_by="BUYER"),
        tiny_wider.sold(7, tiny.at(11), ship_by=tiny.at(11, 13)),
    ]
    assert health("late_shipment_rate_10d", *orders) == (2, 4)
    assert health("late_shipment_rate_30d", *orders, ours(8, tiny.at(1), ship_by=tiny.at(1, 13))) == (3, 5)


def test_tracking_is_valid_when_the_carrier_has_seen_the_parcel():
    unseen = tiny.parcel(2, tiny.at(12), [tiny.scan(tiny.at(12), "pre_transit")])
    orders = [
        ours(1, tiny.at(11)),
        ours(2, tiny.at(11), parcels=[unseen]),
        ours(3, tiny.at(11), parcels=[]),
        ours(4, tiny.at(18, 14)),
    ]
    assert health("valid_tracking_rate", *orders) == (1, 3), "the last left less than a day ago"


def test_on_time_is_what_was_seen_to_arrive():
    orders = [
        ours(1, tiny.at(5)),
        ours(2, tiny.at(5), deliver_by=tiny.at(8, 11)),
        ours(3, tiny.at(5), parcels=[]),
        ours(4, tiny.at(17)),
    ]
    assert health("on_time_delivery_rate", *orders) == (1, 3)


def test_a_rate_at_its_limit_is_a_breach_and_nothing_is_no_rate():
    orders = [tiny_wider.sold(n, tiny.at(5)) for n in range(1, 100)]
    bad = tiny_wider.sold(100, tiny.at(5), rating=1, rated_at=tiny.at(9))
    found = seller_health(world_of(*orders, bad), NOW, DAY)
    assert (found["order_defect_rate"].value, found["order_defect_rate"].status) == (
        Decimal("0.01"),
        "breach",
    )
    assert found["cancellation_rate"].status == "insufficient_data"
    more = [tiny_wider.sold(n, tiny.at(5)) for n in range(101, 121)]
    found = seller_health(world_of(*orders, bad, *more), NOW, DAY)
    assert found["order_defect_rate"].status == "warn"
    found = seller_health(world_of(*orders, *more), NOW, DAY)
    assert found["order_defect_rate"].status == "ok"


def test_what_sells_under_a_name_that_nobody_mapped_is_told():
    strange = tiny_wider.MarketplaceLine("9", "LP-STRANGE", 2, 500, 100, 0, 0, ())
    orders = [
        tiny_wider.sold(1, tiny.at(-20), lines=[strange]),
        tiny_wider.sold(2, tiny.at(5), lines=[strange]),
        tiny_wider.sold(3, tiny.at(6)),
    ]
    assert MarketplaceSales(world_of(*orders), NOW).unmapped(DAY) == {
        "LP-STRANGE": {
            "units_28d": 2,
            "net_sales_28d_amount": Decimal(9),
            "first_seen_date": date(2026, 2, 8),
            "last_seen_date": date(2026, 3, 5),
        }
    }
