"""What the oracle says of ads asked about again and again, of refunds and orders in two currencies: counted by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from include.sandbox.truth import Company, Rates, Restated, order_rows, refund_rows
from include.sandbox.world.model import AdDay, Campaign, Refund, RefundLine
from tests.sandbox import tiny, tiny_wider

FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)


def claims(*values: int, day: date = FIRST) -> AdDay:
    """Four clicks for 2.00; conversions and value as told on the following mornings."""
    return AdDay(
        93, day, 100, 4, 2_000_000, tuple(float(value // 10) for value in values), values, "facebook"
    )


def restated(asked: list[date], *days: AdDay) -> Restated:
    campaign = Campaign(93, "Reels", "OUTCOME_SALES", "reels", "meta")
    return Restated(tiny_wider.company(ad_days=list(days), campaigns=[campaign]), asked)


def test_only_an_answer_that_differs_from_the_one_before_is_a_row():
    asked = [FIRST + n * DAY for n in (1, 2, 8)]
    rows = restated(asked, claims(4000, 4000, 5200)).rows()
    told = {
        key[-1]: (row["value_amount"], row["delta_value_amount"], row["days_after"])
        for key, row in rows.items()
    }
    assert told == {asked[0]: (40, 40, 1), asked[2]: (52, 12, 8)}


def test_the_first_claim_stays_beside_the_latest():
    found = restated([FIRST + DAY, FIRST + 5 * DAY], claims(4000, 5200)).performance()
    row = found["meta", 93, FIRST]
    assert (row["first_reported_value_amount"], row["platform_reported_value_amount"]) == (40, 52)
    assert (row["is_provisional"], row["completion_at_lag"], row["is_mature"]) == (True, None, False), (
        "nobody watched a day to its end"
    )


def test_a_day_out_of_reach_is_not_asked_about_again():
    asked = [FIRST + DAY, FIRST + 40 * DAY, FIRST + 80 * DAY]
    found = restated(asked, claims(4000, 5200)).claims["meta", 93, FIRST]
    assert [one.age for one in found] == [1, 40], (
        "28 days before the night of the 2nd, but not of the 10th of April"
    )


def test_half_of_the_value_known_on_the_first_morning_is_a_half_of_five_days_watched():
    days = [claims(3000, 6000, day=FIRST + n * DAY) for n in range(5)]
    nights = [FIRST + n * DAY for n in range(1, 34)]
    whole = restated(nights, *days)
    assert whole.completion("meta", 1) == Decimal("0.5")
    assert whole.completion("meta", 2) == 1
    assert restated(nights, *days[:4]).completion("meta", 1) is None, "four days say nothing"


def test_a_refund_is_worth_what_it_is_on_its_own_day():
    back = Refund(7001, tiny.at(3), (RefundLine(8001, 50010, 1, 1000, 190, "RETURN", None),))
    parcel = replace(tiny.parcel(5001, tiny.at(2, 15), [], 5001), location_id=1011)
    order = tiny_wider.euro_order(5001, tiny.at(2), refunds=[back], parcels=[parcel])
    company = Company(tiny_wider.company(branches=[tiny_wider.branch(order)]), tiny.at(9))
    row = refund_rows(company)[tiny_wider.EU_SHOP, "gid://shopify/RefundLineItem/8001"]
    assert (row["amount"], row["reporting_amount"], row["order_rate_reporting_amount"]) == (
        Decimal(10), Decimal("10.8230"), Decimal("10.8000"),
    )  # fmt: skip
    assert row["cost_back_reporting_amount"] == Decimal("5.4115")
    (told,) = order_rows(company).values()
    assert told["net_sales_reporting_amount"] == Decimal("21.6000") - Decimal("10.8230")
    assert told["fx_gain_loss_amount"] == Decimal("0.0230")
    assert told["cogs_amount"] == Decimal(5)


def test_a_rate_is_carried_over_a_weekend_and_not_longer_than_a_week():
    rows = Rates(tiny_wider.company(), tiny.at(20)).rows(date(2026, 3, 20))
    assert rows[date(2026, 3, 1), "EUR"] == {
        "rate": Decimal("1.1"), "published_on": date(2026, 2, 27), "is_carried_forward": True,
    }  # fmt: skip
    assert max(day for day, _ in rows) == date(2026, 3, 10)
