"""Amazon from its face through raw into staging: two nights, then everything built anew."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from include import dbt_runner
from include.pull import pull
from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from tests.sandbox import seller
from tests.sandbox.tiny import at
from tests.sources.company import account, served
from tests.warehouse.helpers import call_published

pytestmark = pytest.mark.slow

TABLES = (
    "orders", "order_lines", "packages", "transactions", "transaction_lines", "inventory", "feedback", "returns",
)  # fmt: skip
SELECT = (
    "amazon_marketplaces",
    "path:models/staging/amazon",
    "int_closings__chosen", "int_touched__closings", "int_closings__used", "int_touched__amazon_before",
    "path:tests/integrity/marketplace_lines_meet_their_orders_total.sql",
    "path:tests/integrity/marketplace_movements_are_the_sum_of_their_parts.sql",
)  # fmt: skip

Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("company")) as running:
        yield running


@pytest.fixture(scope="module")
def nights(module_warehouse: Settings, company: Running) -> dict[str, Tables]:
    """The night of 4 March, with money held; that of 9 March, with it let go; the same from nothing."""
    parsed = dbt_runner.run(module_warehouse, "parse").result
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NIGHTSHIFT_HISTORY_START", "2026-02-01")
        bring(module_warehouse, company, "first", 5)
        first = build(module_warehouse, parsed, date(2026, 3, 4))
        bring(module_warehouse, company, "second", 10)
        second = build(module_warehouse, parsed, date(2026, 3, 9))
    return {
        "first": first,
        "second": second,
        "anew": build(module_warehouse, parsed, date(2026, 3, 9), "--full-refresh"),
    }


def test_nights_one_by_one_are_what_one_full_refresh_makes(nights: dict[str, Tables]) -> None:
    for table in TABLES:
        assert nights["second"][table] == nights["anew"][table], table


def test_orders_tell_who_ships_who_cancelled_and_where_to(nights: dict[str, Tables]) -> None:
    orders = by(nights["second"]["orders"], "order_id")
    assert len(orders) == 6
    ours = orders[seller.number(2)]
    assert (ours["store_id"], ours["fulfilled_by"]) == (f"amazon:{seller.US}", "MERCHANT")
    assert (ours["ship_country"], ours["ship_province"], ours["shipped_at"]) == ("US", "OH", at(4))
    assert [orders[seller.number(n)]["cancelled_by"] for n in (3, 4, 5)] == ["BUYER", "SELLER", None]
    assert orders[seller.number(3)]["cancelled_at"] == at(3)
    first = orders[seller.number(1)]
    assert (first["total_amount"], first["shipping_amount"], first["tax_amount"], first["currency"]) == (
        Decimal("45.61"), Decimal("4.99"), Decimal("2.65"), "USD",
    )  # fmt: skip


def test_shipping_that_a_promotion_paid_for_is_no_money_of_the_buyers(nights: dict[str, Tables]) -> None:
    tables, sent_for_free = nights["second"], seller.number(2)
    order = by(tables["orders"], "order_id")[sent_for_free]
    (line,) = [one for one in tables["order_lines"] if one["order_id"] == sent_for_free]
    assert (order["total_amount"], order["shipping_amount"]) == (Decimal("13.90"), Decimal("0"))
    assert (line["shipping_amount"], line["discount_amount"]) == (Decimal("0"), Decimal("0"))
    movement = [
        one for one in tables["transaction_lines"] if one["transaction_id"] == f"shipment-{sent_for_free}"
    ]
    assert {one["fee_type"]: one["amount"] for one in movement if one["kind"] in ("shipping", "discount")} == {
        "ShippingPrincipal": Decimal("3.99"), "ShippingDiscount": Decimal("-3.99"),
    }  # fmt: skip


def test_lines_and_packages_carry_the_sellers_sku_and_the_carriers_number(nights: dict[str, Tables]) -> None:
    lines = by(nights["second"]["order_lines"], "order_line_id")
    assert lines["000000100"]["seller_sku"] == seller.COFFEE
    assert lines["000000100"]["discount_amount"] == Decimal("1.00")
    (package,) = nights["second"]["packages"]
    assert (package["tracking_code"], package["status"]) == ("1Z000000901", "DELIVERED")


def test_money_held_back_is_told_once_and_stays_on_its_day(nights: dict[str, Tables]) -> None:
    held = f"shipment-{seller.number(1)}"
    for night, status in (("first", "DEFERRED"), ("second", "DEFERRED_RELEASED")):
        movement = by(nights[night]["transactions"], "transaction_id")[held]
        assert (movement["status"], movement["is_deferred"]) == (status, status == "DEFERRED")
        assert (movement["posted_at"], movement["total_amount"]) == (at(2), Decimal("31.34"))
    assert not [
        one for one in nights["second"]["transactions"] if one["transaction_id"].startswith("release")
    ]


def test_fees_are_what_the_marketplace_took(nights: dict[str, Tables]) -> None:
    lines = nights["second"]["transaction_lines"]
    fees = sum(line["amount"] for line in lines if line["kind"] == "fee")
    shipped, returned, charged = 3 * Decimal("-5.81") + Decimal("-1.50"), Decimal("1.56"), Decimal("-41.11")
    assert fees == shipped + returned + charged
    refunded = [line for line in lines if line["transaction_id"] == "refund-r1" and line["kind"] == "goods"]
    assert [(line["seller_sku"], line["amount"]) for line in refunded] == [(seller.COFFEE, Decimal("-12.49"))]


def test_stock_feedback_and_returns_arrive(nights: dict[str, Tables]) -> None:
    stock = {(row["business_date"], row["seller_sku"]): row for row in nights["second"]["inventory"]}
    assert stock[date(2026, 3, 9), seller.COFFEE]["inbound"] == 30
    assert stock[date(2026, 3, 4), seller.COFFEE]["inbound"] == 0
    assert stock[date(2026, 3, 9), seller.KIT]["unfulfillable"] == 2
    (rating,) = nights["second"]["feedback"]
    assert (rating["feedback_date"], rating["rating"]) == (date(2026, 3, 8), 2)
    (unit,) = nights["second"]["returns"]
    assert (unit["returned_at"], unit["disposition"], unit["quantity"]) == (at(7), "SELLABLE", 1)


def bring(settings: Settings, company: Running, night: str, day: int) -> None:
    """All of Amazon as of a March morning in New York."""
    now = at(day, 6)
    company.sandbox.clock.set(now)
    for stream in REGISTRY["amazon"].streams:
        pull(settings, account(company, "amazon"), stream.name, run_id=night, now=now)


def build(settings: Settings, parsed: Any, day: date, *flags: str) -> Tables:
    """The seed, the models and what they promise; what the tables hold. Unit tests run with all the others."""
    scope = ("--indirect-selection", "cautious", "--exclude-resource-type", "unit_test")
    with holding_build(settings, day) as build_id:
        result = dbt_runner.run(settings, "build", "--select", *SELECT, *scope, *flags, parsed=parsed)
        failures = dbt_runner.failing_nodes(result)
        assert not failures, "\n".join(failures)
        call_published(settings, build_id)
    return {table: contents(settings, table) for table in TABLES}


def contents(settings: Settings, table: str) -> list[dict[str, Any]]:
    with connect(settings, "transformer") as conn:
        cursor = conn.execute(f"SELECT * FROM build.stg_amazon__{table}")  # type: ignore[call-overload]
        names = [column.name for column in cursor.description]
        return sorted((dict(zip(names, row, strict=True)) for row in cursor), key=repr)


def by(rows: list[dict[str, Any]], key: str) -> dict[Any, dict[str, Any]]:
    return {row[key]: row for row in rows}
