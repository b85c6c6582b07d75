"""The oracle over several stores and currencies, on numbers small enough to check by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from include.sandbox.truth import Company, Rates, cart_states, out_of_stock, shipments, summary
from include.sandbox.truth import stock as stock_truth
from include.sandbox.truth.rates import Total
from include.sandbox.world.model import Checkout, CheckoutLine, Refund, RefundLine, StockMove
from tests.sandbox import tiny, tiny_wider

NOW = datetime(2026, 3, 20, tzinfo=UTC)
EU, HOME = tiny_wider.EU_SHOP, "tiny.myshopify.com"


def rates(now: datetime = NOW) -> Rates:
    return Rates(tiny_wider.company(), now)


def test_currencies_are_crossed_through_the_euro():
    assert rates().rate("EUR", date(2026, 3, 2)) == Decimal("1.08")
    assert rates().rate("GBP", date(2026, 3, 2)) == Decimal("1.2857142857")
    assert rates().rate("USD", date(1999, 1, 1)) == 1


def test_a_weekend_takes_fridays_rate():
    assert rates().rate("EUR", date(2026, 3, 1)) == Decimal("1.1")


def test_a_rate_is_carried_for_seven_days_and_no_longer():
    assert rates().rate("EUR", date(2026, 3, 10)) == Decimal("1.0823")
    assert rates().rate("EUR", date(2026, 3, 11)) is None
    assert rates().convert(Decimal(100), "EUR", date(2026, 3, 11)) is None


def test_a_rate_is_known_when_the_bank_has_published_it():
    before, after = (datetime(2026, 3, 2, hour, 1, tzinfo=UTC) for hour in (14, 15))
    assert rates(before).rate("EUR", date(2026, 3, 2)) == Decimal("1.1")
    assert rates(after).rate("EUR", date(2026, 3, 2)) == Decimal("1.08")


def test_a_currency_that_nobody_prints_has_no_rate():
    assert rates().rate("XAU", date(2026, 3, 2)) is None


def test_amounts_are_rounded_half_away_from_zero_to_four_decimals():
    assert rates().convert(Decimal("0.05"), "EUR", date(2026, 3, 3)) == Decimal("0.0541")
    assert rates().convert(Decimal("-0.05"), "EUR", date(2026, 3, 3)) == Decimal("-0.0541")


def test_a_sum_that_lacks_a_part_is_not_known():
    total = Total()
    total.add(Decimal(5))
    total.add(None)
    total.add(Decimal(5))
    assert total.value is None


def test_a_store_sells_in_its_own_currency_and_counts_in_the_companys():
    world = tiny_wider.company(branches=[tiny_wider.branch(tiny_wider.euro_order(7001, tiny.at(2)))])
    row = Company(world, NOW).daily()[EU, date(2026, 3, 2), "web"]
    assert (row["net_sales_amount"], row["currency"]) == (Decimal(20), "EUR")
    assert row["net_sales_reporting_amount"] == Decimal("21.6")


def test_a_days_last_hour_belongs_to_the_stores_own_day():
    late = datetime(
        2026, 3, 2, 23, 30, tzinfo=UTC
    )  # 00:30 of the 3rd in Berlin, evening of the 2nd in New York
    world = tiny_wider.company(
        orders=[tiny.order(5001, late, [])], branches=[tiny_wider.branch(tiny_wider.euro_order(7001, late))]
    )
    assert {(store, day) for store, day, _ in Company(world, NOW).daily()} == {
        (HOME, date(2026, 3, 2)), (EU, date(2026, 3, 3))
    }  # fmt: skip


def test_a_refund_is_converted_at_its_own_days_rate_and_the_difference_is_told():
    back = RefundLine(1, 70010, 1, 1000, 190, "RETURN", 1011)
    parcel = tiny.parcel(9, tiny.at(2, 15), [], 7001, location_id=1011)
    order = tiny_wider.euro_order(
        7001, tiny.at(2), parcels=[parcel], refunds=[Refund(1, tiny.at(3), (back,))]
    )
    row = Company(tiny_wider.company(branches=[tiny_wider.branch(order)]), NOW).daily()[
        EU, date(2026, 3, 3), "web"
    ]
    assert row["returns_reporting_amount"] == Decimal("10.823")
    assert row["net_sales_reporting_amount"] == Decimal("-10.823")
    assert row["fx_gain_loss_amount"] == Decimal("0.023")


def test_without_a_rate_an_amount_is_not_known_and_the_day_is_not_either():
    world = tiny_wider.company(branches=[tiny_wider.branch(tiny_wider.euro_order(7001, tiny.at(15)))])
    row = Company(world, NOW).daily()[EU, date(2026, 3, 15), "web"]
    assert row["net_sales_amount"] == 20
    assert row["net_sales_reporting_amount"] is None
    assert summary(world, NOW, date(2026, 3, 15))["net_sales"] is None


def test_somebody_who_bought_in_one_store_is_no_new_customer_in_the_next():
    home, abroad = tiny.order(5001, tiny.at(1), []), tiny_wider.euro_order(7001, tiny.at(2))
    world = tiny_wider.company(orders=[home], branches=[tiny_wider.branch(abroad)])
    rows = Company(world, NOW).daily()
    assert rows[HOME, date(2026, 3, 1), "web"]["new_customer_orders"] == 1
    assert rows[EU, date(2026, 3, 2), "web"]["new_customer_orders"] == 0
    assert rows[EU, date(2026, 3, 2), "web"]["returning_customer_orders"] == 1


def test_a_cart_is_recovered_by_an_order_in_another_store():
    cart = Checkout(1, 1, tiny.at(1), tiny.at(1), [CheckoutLine(101, 1, 1000)])
    alone = tiny_wider.company(checkouts=[cart])
    assert cart_states(alone, NOW) == {1: "abandoned"}
    world = tiny_wider.company(
        checkouts=[cart], branches=[tiny_wider.branch(tiny_wider.euro_order(7001, tiny.at(2)))]
    )
    assert cart_states(world, NOW) == {1: "recovered"}


def test_parcels_of_all_stores_and_of_the_marketplace_are_judged():
    abroad = tiny_wider.euro_order(
        7001, tiny.at(2), promised_on=None,
        parcels=[tiny.parcel(8, tiny.at(2, 15), [], 7001, location_id=1011, estimated_delivery_on=None)],
    )  # fmt: skip
    ours = tiny_wider.sold(
        1, tiny.at(3, 5), "MERCHANT", deliver_by=tiny.at(6, 6), parcels=[tiny.parcel(9, tiny.at(4, 5), [])]
    )
    world = tiny_wider.company(branches=[tiny_wider.branch(abroad)], marketplace=tiny_wider.marketplace(ours))
    first, second = shipments(world, NOW, date(2026, 3, 19))
    assert (first.lane, first.business_date) == ("BER1→DE-BE", date(2026, 3, 2))
    assert (second.lane, second.promise_source) == ("unknown→US-NV", "marketplace")
    # 05:00 UTC of the 4th and 06:00 of the 6th are evenings before in Los Angeles.
    assert (second.business_date, second.promised_date) == (date(2026, 3, 3), date(2026, 3, 5))
    assert second.is_late


def test_the_marketplaces_shelf_is_out_of_stock_when_all_of_it_is_promised(monkeypatch):
    monkeypatch.setattr(stock_truth, "components", tiny_wider.mapped)
    moves = [
        tiny_wider.fba(tiny.at(0), 3, "received"),
        tiny_wider.fba(tiny.at(0), 2, "received", "LP-KIT-FBA"),
        tiny_wider.fba(tiny.at(0), 9, "received", "LP-UNKNOWN"),
        tiny_wider.fba(tiny.at(3), 2, "sale", "LP-KIT-FBA"),
        tiny_wider.fba(tiny.at(4), 2, "lost"),
        tiny_wider.fba(tiny.at(5), 4, "inbound"),
    ]
    waiting = tiny_wider.sold(1, tiny.at(4, 18))
    world = tiny_wider.company(marketplace=tiny_wider.marketplace(waiting, moves=moves), stock_moves=[])
    assert stock_truth.fba_on_hand(world, tiny.at(2)) == {"COF-1": 7, "TEA-1": 2}
    assert stock_truth.fba_on_hand(world, tiny.at(5)) == {"COF-1": 1, "TEA-1": 0}
    assert out_of_stock(world, tiny.at(4, 13)) == {("TEA-1", "AMAZON_FBA")}
    assert out_of_stock(world, tiny.at(5)) == {("TEA-1", "AMAZON_FBA"), ("COF-1", "AMAZON_FBA")}


def test_the_summary_counts_every_store():
    moves = [StockMove(1, tiny.at(1), 1101, None, 1011, 1, "opening", ""),
             StockMove(2, tiny.at(2), 1101, 1011, None, 1, "sale", "")]  # fmt: skip
    abroad = tiny_wider.branch(tiny_wider.euro_order(7001, tiny.at(2)), stock_moves=moves)
    market = tiny_wider.marketplace(
        tiny_wider.sold(1, tiny.at(2)),
        tiny_wider.sold(2, tiny.at(2, 13), cancelled_at=tiny.at(2, 14), cancelled_by="BUYER", shipped_at=None,
                        posted_at=None, released_at=None),
    )  # fmt: skip
    world = tiny_wider.company(
        orders=[tiny.order(5001, tiny.at(2), [])], branches=[abroad], marketplace=market, stock_moves=[],
        browsing=[tiny_wider.seen(tiny.at(2, 11)), tiny_wider.seen(tiny.at(2, 13))],
    )  # fmt: skip
    found = summary(world, NOW, date(2026, 3, 2))
    assert found["net_sales"] == pytest.approx(10 + 21.6 + 12)
    assert (found["orders"], found["units"], found["marketplace_orders"]) == (3, 4, 1)
    assert found["stockouts"] == 1
    assert found["sessions"] == 2
    assert found["contribution_margin"] is None, "nobody wrote down what the marketplace's listing stands for"


def test_costs_count_at_the_rate_of_the_day_they_fell_on():
    back = RefundLine(1, 70010, 1, 1000, 190, "RETURN", 1011)
    parcel = tiny.parcel(9, tiny.at(2, 15), [], 7001, location_id=1011)
    order = tiny_wider.euro_order(
        7001, tiny.at(2), parcels=[parcel], refunds=[Refund(1, tiny.at(3), (back,))]
    )
    rows = Company(tiny_wider.company(branches=[tiny_wider.branch(order)]), NOW).daily()
    sold, returned = rows[EU, date(2026, 3, 2), "web"], rows[EU, date(2026, 3, 3), "web"]
    assert sold["cogs_reporting_amount"] == Decimal("10.8")
    assert returned["cogs_reporting_amount"] == Decimal("-5.4115")
    assert sold["net_sales_cohort_reporting_amount"] == Decimal("21.6") - Decimal("10.823")
    assert returned["net_sales_cohort_reporting_amount"] == 0
