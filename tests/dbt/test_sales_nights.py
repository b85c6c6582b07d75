"""Orders over three nights through the real models: what incremental nights leave is what one full refresh makes."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.shop_payloads import STORE, a_line, a_refund, a_shop, an_order, gid, money
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
MODELS = ("+mart_daily_sales", "+fct_orders", "+fct_order_lines", "+fct_refund_lines", "+int_inputs__used")
"""With what a build remembers of shops and exchange rates: without it every order is touched each night."""
OF_THE_SHOP = tuple(f"{model},source:shopify+" for model in MODELS)
"""All that the later nights can change: nobody else tells anything then."""
TABLES = (
    "stg_shopify__orders", "stg_shopify__order_lines", "stg_shopify__refunds", "stg_shopify__refund_lines",
    "stg_shopify__fulfillments", "stg_shopify__transactions", "stg_shopify__return_lines",
    "fct_orders", "fct_order_lines", "fct_refund_lines", "mart_daily_sales",
    "int_destination_days__counted", "int_destinations__counted",
)  # fmt: skip

FIRST_NIGHT = [
    an_order(
        1,
        "2026-11-20T15:00:00Z",
        [a_line(11, quantity=2), a_line(12, sku="BREAD")],
        tags=["vip", "deliver-by:2026-11-24"],
    ),
    an_order(2, "2026-11-20T16:00:00Z", [a_line(21)], refunds=[a_refund(2, 21, at="2026-11-20T20:00:00Z")]),
    an_order(3, "2026-11-20T17:00:00Z", [a_line(31)]),
    an_order(4, "2026-11-20T18:00:00Z", [a_line(41, product={"productType": "Voucher"}, isGiftCard=True)]),
    an_order(5, "2026-11-21T04:59:59Z", [a_line(51, price=4)]),
    an_order(9, "2026-11-20T19:00:00Z", [a_line(91)], customer_key=f"{3:032x}"),
]
SECOND_NIGHT = [
    # One line was taken off the order, the other refunded, and it is said to be of who ordered three hours later as well.
    an_order(
        1, "2026-11-20T15:00:00Z", [a_line(11, quantity=2)],
        updatedAt="2026-11-21T10:00:00Z", refunds=[a_refund(1, 11, at="2026-11-21T10:00:00Z")],
        tags=["deliver-by:2026-11-30"], customer_key=f"{4:032x}",
    ),
    # A refund was withdrawn: nothing of it may stay.
    an_order(
        2, "2026-11-20T16:00:00Z", [a_line(21)], updatedAt="2026-11-21T11:00:00Z", tags=["deliver-by:2026-11-25"]
    ),
    an_order(6, "2026-11-21T05:00:00Z", [a_line(61, price=6)], subtotalPriceSet=money(5), tags=["deliver-by:2026-02-31"]),
    # Lines that are told in another order too: in one of this night, and in one that nobody tells of any more. Shopify does not
    # tell when their money went back; when the refund changed it tells of one.
    an_order(
        7, "2026-11-21T06:00:00Z", [a_line(11, price=100)],
        updatedAt="2026-11-21T13:00:00Z", refunds=[a_refund(7, 11, at=None, price=100)],
    ),
    an_order(
        8, "2026-11-21T07:00:00Z", [a_line(51, price=1000, quantity=2), a_line(81, price=1)],
        updatedAt="2026-11-23T13:00:00Z", refunds=[a_refund(8, 51, at=None, price=1000, updatedAt="2026-11-21T12:00:00Z")],
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Nights:
    """Tables by name: after the first night, after all nights one by one, and after one full refresh; and the orders that
    the second night looked at."""

    first: dict[str, list[tuple[Any, ...]]]
    nightly: dict[str, list[tuple[Any, ...]]]
    touched: set[str]
    refreshed: dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def nights(module_warehouse: Settings) -> Nights:
    bring(module_warehouse, FIRST_NIGHT, DAY)
    first = build(module_warehouse, DAY, MODELS)
    bring(module_warehouse, SECOND_NIGHT, DAY + timedelta(days=1))
    delete_at_source(module_warehouse, gid("Order", 3))
    nightly = build(module_warehouse, DAY + timedelta(days=1), OF_THE_SHOP)
    touched = {order_id for (order_id,) in contents(module_warehouse, "int_touched__orders")}
    refreshed = build(module_warehouse, DAY + timedelta(days=1), OF_THE_SHOP, "--full-refresh")
    return Nights(first, nightly, touched, refreshed)


@pytest.mark.parametrize("table", TABLES)
def test_incremental_nights_equal_a_full_refresh(nights: Nights, table: str) -> None:
    assert nights.nightly[table] == nights.refreshed[table]


def test_a_night_looks_at_orders_of_which_something_was_told(nights: Nights) -> None:
    told = {gid("Order", number) for number in (1, 2, 3, 6, 7, 8)}
    assert told <= nights.touched
    assert not nights.touched & {gid("Order", 4), gid("Order", 9)}


def test_an_order_of_the_last_second_belongs_to_its_day_and_the_next_second_to_the_next(
    nights: Nights,
) -> None:
    assert sales(nights.first) == {DAY: (5, Decimal("64.00"))}
    assert sales(nights.nightly)[DAY + timedelta(days=1)] == (3, Decimal("2107.00"))


def test_an_edited_order_loses_the_line_it_lost(nights: Nights) -> None:
    assert {row[0] for row in nights.nightly["stg_shopify__order_lines"]} == {
        *(gid("LineItem", number) for number in (11, 21, 31, 41, 51, 61, 91)),
        f"{gid('Order', 7)}/{gid('LineItem', 11)}",
        f"{gid('Order', 8)}/{gid('LineItem', 51)}",
        f"{gid('Order', 8)}/{gid('LineItem', 81)}",
    }


def test_a_withdrawn_refund_leaves_nothing(nights: Nights) -> None:
    assert {row[0] for row in nights.first["stg_shopify__refunds"]} == {gid("Refund", 2)}
    assert gid("Refund", 2) not in {row[0] for row in nights.nightly["stg_shopify__refunds"]}


def test_an_order_deleted_at_the_source_is_no_sale_any_more(nights: Nights) -> None:
    assert gid("Order", 3) in {row[0] for row in nights.first["fct_orders"]}
    assert gid("Order", 3) not in {row[0] for row in nights.nightly["fct_orders"]}


def test_who_is_new_is_told_anew_of_orders_that_nobody_touched(nights: Nights) -> None:
    told = [(is_first(9, tables), is_first(4, tables)) for tables in (nights.first, nights.nightly)]
    assert told == [(False, True), (True, False)]


def test_a_refund_is_booked_on_its_own_day_and_leaves_the_day_of_its_order_alone(nights: Nights) -> None:
    assert returns(nights.nightly) == {DAY: Decimal("0"), DAY + timedelta(days=1): Decimal("1110.00")}


def test_a_refund_that_tells_no_day_is_booked_when_it_was_last_changed_and_says_so(nights: Nights) -> None:
    told = {(row[2], row[9].isoformat(), row[13], row[21]) for row in nights.nightly["fct_refund_lines"]}
    assert told == {
        (gid("Order", 1), "2026-11-21T10:00:00+00:00", Decimal("10.00"), False),
        (gid("Order", 7), "2026-11-21T13:00:00+00:00", Decimal("100.00"), True),
        (gid("Order", 8), "2026-11-21T12:00:00+00:00", Decimal("1000.00"), True),
    }


def test_a_promise_stays_what_was_told_first_and_no_tag_breaks_a_night(nights: Nights) -> None:
    promised = {row[0]: row[15] for row in nights.nightly["stg_shopify__orders"] if row[15]}
    assert promised == {gid("Order", 1): date(2026, 11, 24), gid("Order", 2): date(2026, 11, 25)}


def test_lines_of_one_name_in_two_orders_are_each_in_their_own_with_what_was_refunded_of_it(
    nights: Nights,
) -> None:
    told = {(row[1], row[10], row[16], row[17]) for row in nights.nightly["fct_order_lines"]}
    assert {
        (gid("Order", 1), Decimal("10.00"), 1, Decimal("10.00")),
        (gid("Order", 5), Decimal("4.00"), 0, Decimal("0")),
        (gid("Order", 7), Decimal("100.00"), 1, Decimal("100.00")),
        (gid("Order", 8), Decimal("1000.00"), 1, Decimal("1000.00")),
    } <= told


def bring(settings: Settings, orders: list[dict[str, Any]], day: date) -> None:
    """Load a shop and orders as read two hours after the day's end."""
    window = day_window(day, settings.timezone)
    shop = a_shop()
    load(settings, [line(shop["id"], shop)], stream="shop", kind="snapshot", account=STORE, window=window)
    lines = [line(order["id"], order, order["updatedAt"]) for order in orders]
    load(settings, lines, account=STORE, window=window)


def delete_at_source(settings: Settings, order_id: str) -> None:
    with connect(settings, "loader") as conn:
        conn.execute(
            "INSERT INTO ops.tombstone (source, account, stream, scope, detected_at)"
            " VALUES ('shopify', %s, 'orders', %s, greatest(now(), '2026-11-22 12:00Z'))",
            [STORE, order_id],
        )


def build(
    settings: Settings, day: date, models: tuple[str, ...], *flags: str
) -> dict[str, list[tuple[Any, ...]]]:
    """One build of the sales models and their seeds, called published; returns what the tables hold."""
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    with holding_build(settings, day) as build_id:
        result = dbt_runner.run(settings, "build", "--select", *models, *kinds, *flags)
        assert not dbt_runner.failing_nodes(result)
        call_published(settings, build_id)
    return {table: contents(settings, table) for table in TABLES}


def contents(settings: Settings, table: str) -> list[tuple[Any, ...]]:
    with connect(settings, "transformer") as conn:
        rows = conn.execute(f"SELECT * FROM build.{table}").fetchall()  # type: ignore[call-overload]
    return sorted(rows, key=repr)


def sales(tables: dict[str, list[tuple[Any, ...]]]) -> dict[date, tuple[int, Decimal]]:
    """Orders and gross sales by day."""
    return {row[3]: (row[4], row[7]) for row in tables["mart_daily_sales"]}


def returns(tables: dict[str, list[tuple[Any, ...]]]) -> dict[date, Decimal]:
    return {row[3]: row[9] for row in tables["mart_daily_sales"]}


def is_first(number: int, tables: dict[str, list[tuple[Any, ...]]]) -> bool:
    """Whether an order is its person's first."""
    (found,) = [row[50] for row in tables["fct_orders"] if row[0] == gid("Order", number)]
    return bool(found)
