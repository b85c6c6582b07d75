"""What the oracle says of advertising: spend against the shop's own orders, counted by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from include.sandbox.truth import Company, efficiency_rows
from include.sandbox.world.model import Order
from tests.sandbox import tiny, tiny_wider

DAY = date(2026, 3, 1)
SHOP = "tiny.myshopify.com"
CLAIM = {
    "spend_amount": Decimal(20), "platform_reported_conversions": Decimal(3),
    "platform_reported_value_amount": Decimal(50), "is_provisional": True,
}  # fmt: skip


def visit(number: int, source: str | None, medium: str | None, **more: Any) -> Order:
    order = tiny.order(number, tiny.at(1, 17), [])
    return replace(order, utm_source=source, utm_medium=medium, **more)


def rows(*orders: Order, spend: bool = True) -> dict[str, dict[str, Any]]:
    """By channel, of a day with a campaign of 50 clicks in 1000 impressions. Each buyer is new."""
    world = tiny_wider.company()
    buyers = [replace(world.customers[0], id=one.id, email=f"{one.id}@example.com") for one in orders]
    known = [replace(one, customer_id=one.id) for one in orders]
    company = Company(replace(world, customers=buyers, orders=known), tiny.at(9))
    claims = {("google_ads", 91, DAY): CLAIM} if spend else {}
    found = efficiency_rows(company, claims)
    return {channel: row for (store, channel, day), row in found.items() if (store, day) == (SHOP, DAY)}


def test_a_platforms_row_holds_its_claim_and_the_orders_it_paid_for():
    row = rows(visit(1, "google", "cpc"), visit(2, "newsletter", "email"))["google_ads"]
    assert (row["orders"], row["net_sales_amount"], row["new_customer_orders"]) == (1, 10, 1)
    assert (row["roas_platform"], row["cpc_amount"], row["ctr"]) == (
        Decimal("2.5"), Decimal("0.4"), Decimal("0.05"),
    )  # fmt: skip
    assert (row["mer"], row["ncac_amount"], row["spend_coverage"]) == (None, None, None)


def test_the_blended_row_holds_all_spend_against_all_own_orders():
    row = rows(visit(1, "google", "cpc"), visit(2, "newsletter", "email"), visit(3, "google", "cpc"))[
        "blended"
    ]
    assert (row["mer"], row["ad_cost_ratio"], row["ncac_amount"]) == (
        Decimal("1.5"), Decimal("0.666667"), Decimal("6.6667"),
    )  # fmt: skip
    assert row["platform_conversions"] is row["roas_platform"] is None


def test_coverage_is_the_share_of_paid_visits_whose_platform_is_connected():
    row = rows(visit(1, "google", "cpc"), visit(2, "tiktok", "paid_social"), visit(3, None, None))["blended"]
    assert row["spend_coverage"] == Decimal("0.5")


def test_sales_without_spend_have_no_mer():
    row = rows(visit(1, "newsletter", "email"), spend=False)["blended"]
    assert (row["spend_amount"], row["mer"], row["ad_cost_ratio"]) == (0, None, 0)


@pytest.mark.parametrize(
    "more", [{"channel": "ebay"}, {"test": True}, {"paid_at": None, "cancelled_at": tiny.at(2)}]
)
def test_what_is_no_sale_of_our_own_shop_is_not_held_against_spend(more):
    row = rows(visit(1, "google", "cpc", **more))["blended"]
    assert (row["orders"], row["net_sales_amount"], row["mer"]) == (0, 0, 0)
