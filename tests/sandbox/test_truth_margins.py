"""The oracle's profit and loss and cohorts, counted by hand with a cost table of round numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from include.sandbox.truth import Company, contribution_margin, daily_pnl, ltv_cohorts
from include.sandbox.truth import margins as margins_truth
from include.sandbox.truth import marketplace as sales_truth
from include.sandbox.world.model import Campaign, OrderLine, Refund, RefundLine
from tests.sandbox import tiny, tiny_wider

NOW = datetime(2026, 3, 20, tzinfo=UTC)
HOME, MARKET = "tiny.myshopify.com", "amazon:ATVPDKIKX0DER"


@pytest.fixture(autouse=True)
def _costs(monkeypatch):
    """3 % and 0.30 to be paid; 1.00 and 0.25 a unit to pack, 2.00 to take back; a parcel costs 5.00. In USD."""
    usd = {"currency": "USD", "is_estimate": "false"}
    packing = {"per_order_amount": "1.00", "per_unit_amount": "0.25", "per_return_amount": "2.00"}
    monkeypatch.setattr(
        margins_truth, "payment_fee", lambda *_: {"percent_rate": "0.03", "fixed_amount": "0.30", **usd}
    )
    monkeypatch.setattr(margins_truth, "handling_cost", lambda *_: {**packing, **usd})
    parcels = {"cost_amount": "5.00", "currency": "USD", "is_estimate": "true"}
    monkeypatch.setattr(margins_truth, "shipping_cost", lambda *_: parcels)
    monkeypatch.setattr(sales_truth, "components", tiny_wider.mapped)


def pnl(**world):
    return daily_pnl(Company(tiny_wider.company(ad_days=[], **world), NOW))


def amounts(day) -> dict[str, Decimal]:
    return {kind: total.value for kind, total in day.sums.items()}


def order(number: int = 5001, **more):
    """Four coffees of 10.00 that cost 4.00 each, 4.00 off, 7 % tax; sent on the next day."""
    line = OrderLine(number * 10, 101, 4, 1000, 400, 252, 0.07)
    parcel = tiny.parcel(number, tiny.at(4), [], number)
    return replace(tiny.order(number, tiny.at(3), [parcel]), **{"lines": [line], **more})


def test_every_cost_falls_on_its_own_day():
    rows = pnl(orders=[order()])
    assert amounts(rows[HOME, "shop", date(2026, 3, 3)]) == {
        "net_sales": Decimal(36),
        "cogs": Decimal(16),
        "payment_fees": Decimal("1.46"),  # 3 % of 38.52 and 0.30
        "handling": Decimal(2),
    }
    sold = rows[HOME, "shop", date(2026, 3, 3)]
    assert (sold.cm1, sold.cm2, sold.cm3) == (Decimal(20), Decimal("16.54"), Decimal("16.54"))
    assert amounts(rows[HOME, "shop", date(2026, 3, 4)]) == {"shipping_cost": Decimal(5)}


def test_a_day_says_when_a_cost_is_an_assumption_and_when_a_source_will_still_change_it():
    campaign = Campaign(93, "Reels", "OUTCOME_SALES", "reels", "meta")
    old = replace(tiny.world().ad_days[0], campaign_id=93, day=date(2026, 2, 10), placement="facebook")
    new = replace(old, day=date(2026, 3, 3))
    world = tiny_wider.company(orders=[order()], campaigns=[campaign], ad_days=[old, new])
    days = {day: row for (_, _, day), row in daily_pnl(Company(world, NOW)).items()}
    told = {day: (row.is_cost_estimated, row.is_provisional) for day, row in days.items()}
    assert told == {
        date(2026, 2, 10): (False, False), date(2026, 3, 3): (False, True), date(2026, 3, 4): (True, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("restock", "cogs", "cm2"),
    [("RETURN", Decimal(-4), Decimal(-7)), ("NO_RESTOCK", Decimal(0), Decimal(-11))],
    ids=["can be sold again", "damaged"],
)
def test_goods_taken_back_cost_their_handling_and_give_back_their_cost_if_sellable(restock, cogs, cm2):
    back = RefundLine(1, 50010, 1, 900, 63, restock, 11)
    day = pnl(orders=[order(refunds=[Refund(1, tiny.at(8), (back,))])])[HOME, "shop", date(2026, 3, 8)]
    assert day.amount("net_sales") == -9
    assert day.amount("cogs") == cogs
    assert day.amount("return_handling") == 2
    assert day.cm2 == cm2


def test_what_was_cancelled_before_it_left_is_not_packed_and_the_processor_keeps_its_fee():
    back = RefundLine(1, 50010, 4, 3600, 252, "CANCEL", None)
    rows = pnl(
        orders=[order(parcels=[], cancelled_at=tiny.at(3, 18), refunds=[Refund(1, tiny.at(3, 18), (back,))])]
    )
    day = rows[HOME, "shop", date(2026, 3, 3)]
    assert (day.amount("handling"), day.amount("payment_fees")) == (0, Decimal("1.46"))
    assert (day.cm1, day.cm2) == (0, Decimal("-1.46"))


def test_one_unknown_cost_makes_the_days_margins_unknown_and_the_coverage_says_so():
    tea = OrderLine(9, 102, 1, 700, 0, 0, 0.0)
    day = pnl(orders=[order(), order(5002, lines=[tea])])[HOME, "shop", date(2026, 3, 3)]
    assert (day.cm1, day.cm2, day.cm3) == (None, None, None)
    assert day.coverage_pct == 80


def test_a_parcel_sent_for_euros_costs_what_it_costs_here():
    abroad = tiny_wider.euro_order(
        7001, tiny.at(3), parcels=[tiny.parcel(9, tiny.at(3, 15), [], 7001, location_id=1011)]
    )
    day = pnl(branches=[tiny_wider.branch(abroad)])[tiny_wider.EU_SHOP, "shop", date(2026, 3, 3)]
    assert amounts(day) == {
        "net_sales": Decimal("21.646"),
        "cogs": Decimal("10.823"),
        # 0.30 USD is 0.28 EUR; with 3 % of 23.80 EUR that is 0.99 EUR.
        "payment_fees": Decimal("1.0715"),
        "handling": Decimal("1.5"),
        "shipping_cost": Decimal(5),
    }


def test_what_the_marketplace_sends_we_do_not_pack_and_what_it_charges_is_its_fees():
    theirs, ours = (
        tiny_wider.sold(1, tiny.at(3)),
        tiny_wider.sold(2, tiny.at(3), "MERCHANT", parcels=[tiny.parcel(9, tiny.at(4), [])]),
    )
    rows = pnl(marketplace=tiny_wider.marketplace(theirs, ours))
    first, second = rows[MARKET, "amazon", date(2026, 3, 3)], rows[MARKET, "amazon", date(2026, 3, 4)]
    assert amounts(first) == {"net_sales": Decimal(24), "cogs": Decimal(8), "handling": Decimal("1.25")}
    assert amounts(second) == {"shipping_cost": Decimal(5), "marketplace_fees": Decimal("9.6")}
    assert first.cm2 == Decimal("14.75")


def test_advertising_of_every_platform_is_the_shops():
    world = tiny_wider.company(orders=[order()])
    world.campaigns.append(Campaign(93, "Reels", "OUTCOME_SALES", "reels", "meta"))
    world.ad_days.append(tiny.AdDay(93, date(2026, 3, 9), 10, 1, 2_500_000, (0.0,), (0,), "instagram"))
    day = daily_pnl(Company(world, NOW))[HOME, "shop", date(2026, 3, 9)]
    assert (day.amount("ad_spend"), day.cm3) == (Decimal("12.5"), Decimal("-12.5"))


def test_the_companys_margin_of_a_day_is_the_sum_of_all_or_unknown():
    market = tiny_wider.marketplace(tiny_wider.sold(1, tiny.at(3)))
    known = Company(tiny_wider.company(ad_days=[], orders=[order()], marketplace=market), NOW)
    assert contribution_margin(known, date(2026, 3, 3)) == Decimal("16.54") + 8
    kit = tiny_wider.MarketplaceLine("9", "LP-KIT-FBA", 1, 2900, 0, 0, 0, ())
    market.orders.append(tiny_wider.sold(2, tiny.at(3), lines=[kit]))
    unknown = Company(tiny_wider.company(ad_days=[], orders=[order()], marketplace=market), NOW)
    assert contribution_margin(unknown, date(2026, 3, 3)) is None
    assert contribution_margin(known, date(2026, 3, 18)) == 0


def test_a_cohort_is_told_when_its_youngest_member_is_old_enough():
    bob = replace(tiny.world().customers[0], id=2, email="bob@example.com")
    orders = [
        order(5001, created_at=tiny.at(1), paid_at=tiny.at(1)),
        order(5002, created_at=tiny.at(20), paid_at=tiny.at(20), parcels=[]),
        order(5003, created_at=tiny.at(11), paid_at=tiny.at(11), parcels=[], customer_id=2),
        order(5004, created_at=tiny.at(40), paid_at=tiny.at(40), parcels=[]),
    ]
    world = tiny_wider.company(orders=orders, customers=[*tiny.world().customers, bob])
    company = Company(world, datetime(2026, 5, 1, tzinfo=UTC))
    month = date(2026, 3, 1)
    young = ltv_cohorts(company, date(2026, 4, 9))[month, 30]
    assert (young.size, young.is_mature, young.net_sales, young.repeat_rate) == (2, False, None, None)
    ripe = ltv_cohorts(company, date(2026, 4, 10))[month, 30]
    assert (ripe.size, ripe.is_mature, ripe.net_sales) == (2, True, Decimal(108))
    assert (ripe.ltv_net, ripe.repeat_customers, ripe.repeat_rate) == (Decimal(54), 1, Decimal("0.5"))
    # Three orders of 36.00 less goods 16.00, payment 1.46 and packing 2.00, and the first one's parcel.
    assert ripe.cm2 == 3 * Decimal("16.54") - 5


def test_people_are_one_over_all_stores():
    home, abroad = order(created_at=tiny.at(1), paid_at=tiny.at(1)), tiny_wider.euro_order(7001, tiny.at(3))
    company = Company(tiny_wider.company(orders=[home], branches=[tiny_wider.branch(abroad)]), NOW)
    cohorts = ltv_cohorts(company, date(2026, 4, 30))
    assert {month for month, _ in cohorts} == {date(2026, 3, 1)}
    assert cohorts[date(2026, 3, 1), 30].size == 1
    assert cohorts[date(2026, 3, 1), 30].net_sales == Decimal("57.646")
