"""Two shops, a marketplace and one weekend's rates through the real models: days by each store's clock, money in two currencies."""

from datetime import date
from decimal import Decimal
from typing import Any

import orjson
import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.shop_payloads import STORE, a_line, a_shop, an_order, gid, money
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

THURSDAY, FRIDAY, SATURDAY, LONG_AGO = (date(2026, 11, day) for day in (19, 20, 21, 10))
EUROPE, AMAZON, MARKETPLACE = "europe.myshopify.com", "amazon:ATVPDKIKX0DER", "ATVPDKIKX0DER"
SHARED, EUROPEAN = f"{1:032x}", f"{9:032x}"
SET = "LP-CJ-995242-SET"
"""Of the seed sku_map: one CJ-995242 and one CJ-1029743."""
MODELS = ("+mart_daily_sales", "+mart_unmapped_units", "+fct_refund_lines", "+int_customers__ordered")
FACTS = ("sales_map_rows_do_not_overlap",)

AT_HOME = [an_order(1, "2026-11-20T15:00:00Z", [a_line(11, quantity=2)], customer_key=SHARED)]
ABROAD = [
    (501, "2026-11-20T10:00:00Z", SHARED),
    # half past midnight in Berlin, and in New York it is still Friday
    (502, "2026-11-20T23:30:00Z", EUROPEAN),
    # ten days before the first publication of a rate
    (503, "2026-11-10T10:00:00Z", EUROPEAN),
]
ON_THE_MARKETPLACE = [
    # eight in the evening in Los Angeles, whose Friday has three hours left when New York's ends
    ("111-1", "2026-11-21T04:00:00Z", SET, "2", "30.00"),
    ("111-2", "2026-11-20T20:00:00Z", "NOBODY-KNOWS", "3", "4.00"),
    ("111-3", "2026-11-21T05:30:00Z", SET, "1", "30.00"),
]


@pytest.fixture(scope="module")
def built(module_warehouse: Settings) -> Settings:
    """The night about Friday, built."""
    bring_shop(module_warehouse, STORE, a_shop(), AT_HOME)
    europe = a_shop() | {"id": gid("Shop", 2), "currencyCode": "EUR", "ianaTimezone": "Europe/Berlin"}
    bring_shop(module_warehouse, EUROPE, europe, [with_tax_inside(*order) for order in ABROAD])
    window = day_window(FRIDAY, module_warehouse.timezone)
    orders = [sold(*order) for order in ON_THE_MARKETPLACE]
    load(
        module_warehouse, [line(one["orderId"], one, one["lastUpdatedTime"]) for one in orders],
        source="amazon", account="SELLER", window=window,
    )  # fmt: skip
    rates = [{"currency": "USD", "rate": "1.1000"}]
    load(module_warehouse, [line(str(FRIDAY), rates, None)], source="ecb", stream="rates", kind="statement")
    with holding_build(module_warehouse, FRIDAY) as build_id:
        result = dbt_runner.run(
            module_warehouse, "build", "--select", *MODELS, *FACTS, "--full-refresh",
            "--exclude-resource-type", "unit_test", "--indirect-selection", "cautious",
        )  # fmt: skip
        assert not dbt_runner.failing_nodes(result)
        call_published(module_warehouse, build_id)
    return module_warehouse


def test_every_store_has_its_own_days_and_what_is_not_over_says_so(built: Settings) -> None:
    days = read(
        built,
        "select store_id, business_date, orders, net_sales_amount, is_complete from build.mart_daily_sales",
    )
    assert days == [
        (AMAZON, FRIDAY, 2, Decimal("72.00"), False),
        (EUROPE, LONG_AGO, 1, Decimal("10.00"), True),
        (EUROPE, FRIDAY, 1, Decimal("10.00"), True),
        (EUROPE, SATURDAY, 1, Decimal("10.00"), False),
        (STORE, FRIDAY, 1, Decimal("20.00"), True),
    ]


def test_a_day_is_reported_at_its_own_rate_carried_over_the_weekend_and_not_at_all_without_one(
    built: Settings,
) -> None:
    reported = read(
        built,
        "select store_id, business_date, currency, net_sales_reporting_amount, fx_rate from build.mart_daily_sales"
        " where store_id like '%myshopify%'",
    )
    assert reported == [
        (EUROPE, LONG_AGO, "EUR", None, None),
        (EUROPE, FRIDAY, "EUR", Decimal("11.0000"), Decimal("1.1")),
        (EUROPE, SATURDAY, "EUR", Decimal("11.0000"), Decimal("1.1")),
        (STORE, FRIDAY, "USD", Decimal("20.0000"), Decimal("1")),
    ]


def test_a_persons_money_is_added_up_over_the_shops_and_never_in_part(built: Settings) -> None:
    people = read(
        built, "select customer_key, paid_orders, net_sales_amount from build.int_customers__ordered"
    )
    assert people == [(SHARED, 2, Decimal("31.0000")), (EUROPEAN, 2, None)]


def test_a_set_is_the_units_in_it_and_an_unknown_name_is_told(built: Settings) -> None:
    units = read(
        built,
        "select channel_sku, sku, units, is_mapped from build.int_order_units__mapped where channel = 'amazon'",
    )
    assert units == [
        (SET, "CJ-1029743", Decimal(2), True),
        (SET, "CJ-995242", Decimal(2), True),
        ("NOBODY-KNOWS", "NOBODY-KNOWS", Decimal(3), False),
    ]
    unmapped = read(
        built, "select channel, channel_sku, units_28d, net_sales_28d_amount from build.mart_unmapped_units"
    )
    assert unmapped == [("amazon", "NOBODY-KNOWS", Decimal(3), Decimal("12.00"))]


def test_a_marketplaces_orders_have_no_buyer_and_are_nobodys_first(built: Settings) -> None:
    buyers = read(
        built,
        "select distinct source, is_own_shop, customer_key is null, paid_at is null from build.int_orders__dated"
        " where source = 'amazon'",
    )
    assert buyers == [("amazon", False, True, False)]
    assert read(built, "select order_id from build.int_orders__ranked where is_new_customer order by 1") == [
        (gid("Order", 501),), (gid("Order", 503),),
    ]  # fmt: skip


def bring_shop(settings: Settings, account: str, shop: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    """The shop told of itself on Thursday's night; what it told on Friday's was put aside."""
    for day, told in ((THURSDAY, [line(shop["id"], shop)]), (FRIDAY, [])):
        window = day_window(day, settings.timezone)
        load(settings, told, stream="shop", kind="snapshot", account=account, window=window)
    lines = [line(order["id"], order, order["updatedAt"]) for order in orders]
    load(settings, lines, account=account, window=window)


def with_tax_inside(number: int, at: str, customer_key: str) -> dict[str, Any]:
    """An order of 11.90 EUR, of which 1.90 is tax."""
    taxes = [{"rate": 0.19, "priceSet": money(1.90)}]
    order = an_order(
        number, at, [a_line(number * 10, price=11.90, sku="EU-SOUP", taxLines=taxes)],
        taxesIncluded=True, customer_key=customer_key, totalTaxSet=money(1.90), currencyCode="EUR",
        shippingAddress={"countryCodeV2": "DE", "provinceCode": None},
    )  # fmt: skip
    return orjson.loads(orjson.dumps(order).replace(b'"USD"', b'"EUR"'))


def sold(number: str, at: str, seller_sku: str, quantity: str, price: str) -> dict[str, Any]:
    """A shipped order of one line that the marketplace fulfils."""
    dollars = {"amount": price, "currencyCode": "USD"}
    total = {"amount": str(Decimal(price) * int(quantity)), "currencyCode": "USD"}
    return {
        "orderId": number,
        "createdTime": at,
        "lastUpdatedTime": at,
        "salesChannel": {"marketplaceId": MARKETPLACE},
        "recipient": {"deliveryAddress": {"countryCode": "US", "stateOrRegion": "OH"}},
        "proceeds": {"grandTotal": total},
        "fulfillment": {"fulfillmentStatus": "SHIPPED", "fulfilledBy": "AMAZON"},
        "orderItems": [
            {
                "orderItemId": f"{number}-item",
                "quantityOrdered": int(quantity),
                "product": {"sellerSku": seller_sku, "price": {"unitPrice": dollars}},
                "proceeds": {"breakdowns": [{"type": "ITEM", "subtotal": total}]},
            }
        ],
        "packages": [],
    }


def read(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    """Rows in the order of their texts, nulls as they come."""
    with connect(settings, "transformer") as conn:
        rows = conn.execute(query).fetchall()
    return sorted(rows, key=lambda row: [str(value) for value in row])
