"""Of orders that tell a part of one name the oldest keeps it, in whatever order they are told: so nights and one full
refresh make the same tables."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.shop_payloads import STORE, a_line, a_refund, an_order
from tests.warehouse.helpers import DAY, call_published, line, load

pytestmark = pytest.mark.slow

TABLES = ("stg_shopify__order_lines", "stg_shopify__refund_lines", "stg_amazon__order_lines")
Names = set[tuple[str, str]]
Told = dict[int, list[int]]
"""Order → its lines. An order's number is the hour at which it was placed."""

NIGHTS: list[tuple[Told, dict[tuple[int, int], bool]]] = [
    ({10: [1, 2], 15: [3], 18: [4]}, {(10, 1): False, (10, 2): False, (15, 3): False, (18, 4): False}),
    # a younger order tells a line that is known, an older one another: who had it first is called after itself now
    (
        {12: [1], 9: [3]},
        {(10, 1): False, (10, 2): False, (15, 3): True, (18, 4): False, (12, 1): True, (9, 3): False},
    ),
    # the line was taken off the order that kept its name; a third order tells one of an order that is called after itself
    (
        {10: [2], 16: [3, 5]},
        {(10, 2): False, (15, 3): True, (18, 4): False, (12, 1): False, (9, 3): False, (16, 3): True, (16, 5): True},
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def nights(module_warehouse: Settings) -> list[dict[str, list[Any]]]:
    """What the tables hold after each night, and after one full refresh."""
    parsed = dbt_runner.run(module_warehouse, "parse").result
    held = []
    for number, (told, _) in enumerate(NIGHTS):
        bring(module_warehouse, told, number)
        held.append(build(module_warehouse, parsed, number))
    return [*held, build(module_warehouse, parsed, len(NIGHTS) - 1, "--full-refresh")]


def test_nights_one_by_one_are_what_one_full_refresh_makes(nights: list[dict[str, list[Any]]]) -> None:
    *_, last, anew = nights
    for table in TABLES:
        assert last[table] == anew[table], table


@pytest.mark.parametrize("number", range(len(NIGHTS)))
@pytest.mark.parametrize(
    ("table", "name", "order"),
    [
        ("stg_shopify__order_lines", "gid://shopify/LineItem/{}", "gid://shopify/Order/{}"),
        ("stg_amazon__order_lines", "item-{}", "order-{}"),
    ],
)
def test_the_oldest_order_keeps_the_name(
    nights: list[dict[str, list[Any]]], table: str, name: str, order: str, number: int
) -> None:
    expected = {
        (f"{order.format(hour)}/" if is_renamed else "") + name.format(part)
        for (hour, part), is_renamed in NIGHTS[number][1].items()
    }
    assert {row[0] for row in nights[number][table]} == expected


def test_refunds_find_their_lines(nights: list[dict[str, list[Any]]]) -> None:
    for night in nights:
        lines = {row[0] for row in night["stg_shopify__order_lines"]}
        refunded = [row[4] for row in night["stg_shopify__refund_lines"]]
        assert len(refunded) == len(lines)
        assert set(refunded) == lines


def at(hour: int) -> str:
    return f"2026-11-20T{hour:02}:00:00Z"


def shop_order(hour: int, parts: list[int], told_at: str) -> dict[str, Any]:
    refunds = [a_refund(100 * hour + part, part, at=at(20)) for part in parts]
    return an_order(hour, at(hour), [a_line(part) for part in parts], refunds=refunds, updatedAt=told_at)


def market_order(hour: int, parts: list[int], told_at: str) -> dict[str, Any]:
    items = [{"orderItemId": f"item-{part}", "quantityOrdered": 1, "product": {}} for part in parts]
    return {
        "orderId": f"order-{hour}", "createdTime": at(hour), "lastUpdatedTime": told_at,
        "salesChannel": {"marketplaceId": "ATVPDKIKX0DER"}, "orderItems": items,
    }  # fmt: skip


def bring(settings: Settings, told: Told, night: int) -> None:
    window = day_window(DAY + timedelta(days=night), settings.timezone)
    vendors: list[tuple[str, str, str, Callable[[int, list[int], str], dict[str, Any]]]] = [
        ("shopify", STORE, "id", shop_order), ("amazon", "seller", "orderId", market_order),
    ]  # fmt: skip
    for source, account, key, made in vendors:
        moment = (window.end + timedelta(hours=1)).isoformat()
        orders = [made(hour, parts, moment) for hour, parts in told.items()]
        load(
            settings, [line(order[key], order, moment) for order in orders],
            source=source, account=account, window=window,
        )  # fmt: skip


def build(settings: Settings, parsed: Any, night: int, *flags: str) -> dict[str, list[Any]]:
    chosen = [f"+{table}" for table in (*TABLES, "stg_shopify__orders", "stg_amazon__orders")]
    kinds = ("--resource-type", "seed", "--resource-type", "model")
    with holding_build(settings, DAY + timedelta(days=night)) as build_id:
        result = dbt_runner.run(settings, "build", "--select", *chosen, *kinds, *flags, parsed=parsed)
        assert not dbt_runner.failing_nodes(result)
        call_published(settings, build_id)
    with connect(settings, "transformer") as conn:
        return {
            table: sorted(conn.execute(f"SELECT * FROM build.{table}").fetchall(), key=repr)  # type: ignore[call-overload]
            for table in TABLES
        }
