"""What the oracle says of things: their versions, their days, their classes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from include.sandbox.truth import (
    Company,
    closings,
    date_rows,
    order_rows,
    product_days,
    product_rows,
    sku_classes,
    variant_rows,
)  # fmt: skip
from include.sandbox.truth.classes import _abc, _xyz
from include.sandbox.world.model import PriceChange, Refund, RefundLine
from tests.sandbox import tiny, tiny_wider

SHOP = "tiny.myshopify.com"
COFFEE, TEA = 101, 102


def company(now=None, **more) -> Company:
    return Company(tiny_wider.company(**more), now or tiny.at(9))


def test_a_price_is_a_version_when_a_night_found_another_than_the_night_before():
    prices = [PriceChange(tiny.at(day), minor) for day, minor in ((-20, 1000), (3, 1100), (4, 1200))]
    coffee = replace(tiny.world().variants[0], prices=prices)
    nights = [tiny.at(day) for day in (2, 5, 9)]
    rows = variant_rows(company(variants=[coffee]), nights)
    told = {version: (row["price_amount"], row["is_current"]) for (_, version), row in rows.items()}
    assert told == {1: (10, False), 2: (12, True)}, "nobody looked while it cost 11.00"


def test_what_was_deleted_before_the_first_night_was_never_there():
    assert set(product_rows(company(), [tiny.at(6)])) == {201}
    assert product_rows(company(), [tiny.at(4)])[202]["is_deleted"] is True
    assert product_rows(company(now=tiny.at(4)), [tiny.at(4)])[202]["is_deleted"] is False


def test_a_variants_day_is_what_it_brought_less_what_came_back_that_day():
    back = Refund(7001, tiny.at(3), (RefundLine(8001, 10, 1, 1000, 70, "RETURN", 11),), goodwill_minor=300)
    order = tiny.order(1, tiny.at(2), [tiny.parcel(1, tiny.at(2, 15), [], 1)], 3, refunds=[back])
    rows = product_days(company(orders=[order]), {}, tiny.at(9))
    sold, given = (rows[SHOP, COFFEE, date(2026, 3, day)] for day in (2, 3))
    assert (sold["units"], sold["net_sales_amount"], sold["returned_units"]) == (3, 30, 0)
    assert (given["units"], given["net_sales_amount"], given["returned_units"], given["returned_amount"]) == (
        0, -10, 1, 10,
    ), "goodwill belongs to no variant"  # fmt: skip
    assert (sold["stock_end"], sold["is_in_stock"]) == (49, True)


def test_a_shop_without_an_erp_knows_its_shelves_on_the_nights_somebody_looked():
    nights = closings([date(2026, 3, 3), date(2026, 3, 6)], [tiny.at(3), tiny.at(6)])
    assert nights == {
        date(2026, 3, 2): tiny.at(3), date(2026, 3, 3): tiny.at(3), date(2026, 3, 4): tiny.at(3),
        date(2026, 3, 5): tiny.at(6),
    }  # fmt: skip
    branch = tiny_wider.branch(tiny_wider.euro_order(1, tiny.at(1)), tiny_wider.euro_order(2, tiny.at(2)))
    rows = product_days(company(branches=[branch]), nights, tiny.at(3))
    assert all(row["stock_end"] is None for row in rows.values()), "nothing was ever on its shelf"


def test_whoever_comes_before_80_percent_are_reached_is_an_a():
    worth = {"a": Decimal(70), "b": Decimal(20), "c": Decimal(6), "d": Decimal(4), "e": None}
    assert _abc(worth) == {"a": "A", "b": "A", "c": "B", "d": "C", "e": None}
    assert _abc({"y": Decimal(50), "x": Decimal(50)}) == {"x": "A", "y": "A"}


@pytest.mark.parametrize(
    ("units", "empty", "wanted"),
    [((4, 6, 5), (), "X"), ((1, 9, 5), (), "Y"), ((0, 0, 9), (), "Z"), ((9, 0, 9), (1,), "X"), ((), (), "Z")],
)
def test_steady_weeks_are_an_x_and_weeks_without_stock_are_left_out(units, empty, wanted):
    mondays = [date(2026, 2, day) for day in (2, 9, 16)]
    sold = dict(zip(mondays, units, strict=False)) or {date(2026, 2, 23): 3}
    first_sold = {week: count for week, count in sold.items() if count or week == mondays[0]}
    assert _xyz(first_sold, {mondays[number] for number in empty}, date(2026, 2, 22)) == wanted


def test_a_kits_money_is_shared_by_its_units(monkeypatch):
    monkeypatch.setattr("include.sandbox.truth.classes.components", tiny_wider.mapped)
    kit = tiny_wider.sold(1, tiny.at(2))
    kit.lines[0] = replace(kit.lines[0], seller_sku="LP-KIT-FBA", unit_price_minor=3000)
    found = sku_classes(company(marketplace=tiny_wider.marketplace(kit)), date(2026, 3, 8), [tiny.at(9)])
    assert {sku: row["abc_class"] for sku, row in found.items()} == {"COF-1": "A", "TEA-1": "A"}


def test_a_week_belongs_to_the_year_of_its_thursday():
    days = date_rows("US")
    assert (days[date(2027, 1, 1)]["iso_week"], days[date(2027, 1, 1)]["is_holiday"]) == (53, True)
    assert (days[date(2026, 3, 8)]["iso_weekday"], days[date(2026, 3, 8)]["is_weekend"]) == (7, True)


def test_tax_and_shipping_are_converted_each_at_their_own_day():
    back = Refund(7001, tiny.at(3), (RefundLine(8001, 50010, 1, 1000, 190, "RETURN", None),))
    order = tiny_wider.euro_order(
        5001, tiny.at(2), refunds=[back], shipping_minor=595, shipping_tax_minor=95,
        parcels=[replace(tiny.parcel(5001, tiny.at(2, 15), [], 5001), location_id=1011)],
    )  # fmt: skip
    (row,) = order_rows(company(branches=[tiny_wider.branch(order)])).values()
    assert row["shipping_reporting_amount"] == Decimal("5.4000"), "5.00 at 1.08"
    assert row["tax_reporting_amount"] == Decimal("4.75") * Decimal("1.08") - Decimal("2.0564")
    assert row["total_sales_reporting_amount"] == (
        row["net_sales_reporting_amount"] + row["tax_reporting_amount"] + row["shipping_reporting_amount"]
    )
