"""Whose visits a night tells anew: what is kept of visits is what one full refresh makes, whatever a visit hangs on changed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from include import dbt_runner
from include.privacy import traces
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.klaviyo_payloads import event, item
from tests.dbt.shop_payloads import STORE, a_line, a_shop, an_order, gid
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
ONE = timedelta(days=1)
BERLIN, MOVING = "berlin.myshopify.com", "moving.myshopify.com"
MODELS = ("+fct_sessions", "+mart_product_interest_daily", "int_inputs__used", "int_shops__used")
INPUTS = ("+int_touched__inputs",)
KINDS = ("--resource-type", "seed", "--resource-type", "model")
KEPT = (
    "int_events__recognised", "int_visitors__counted", "int_events__sessioned", "int_products__viewed", "fct_sessions",
    "mart_product_interest_daily",
)  # fmt: skip
NOWHERE = item(404, product_id=None, sku=None)

Products = dict[int, dict[int, str]]
"""Number → variants → SKU."""
CATALOGUE: dict[str, Products] = {
    STORE: {9: {1: "SOUP-1", 2: "SOUP-2"}, 8: {3: "BREAD"}},
    BERLIN: {90: {11: "TEA"}},
    MOVING: {70: {21: "CUP"}},
}
LATER_CATALOGUE: dict[str, Products] = {
    STORE: {9: {1: "SOUP-1", 2: "SOUP-2", 3: "BREAD"}, 8: {}},
    BERLIN: {90: {11: "TEA", 12: "SOUP-2"}, 7: {71: "MUG"}},
    MOVING: {70: {21: "CUP"}},
}
VISITS = [
    event("by sku", "2026-11-04T15:00:00Z", "Viewed Product", item(None, product_id=None, sku="SOUP-2"), who="tells a SKU"),
    event("erased", "2026-11-05T15:00:00Z", "Viewed Product", item(2), who="is erased"),
    event("bread", "2026-11-06T15:00:00Z", "Viewed Product", item(3), who="looks at what moves"),
    event("mistaken", "2026-11-07T15:00:00Z", who="mistaken for another"),
    event("own", "2026-11-07T15:10:00Z", who="mistaken for another"),
    event("other", "2026-11-07T15:20:00Z", who="the other"),
    event("old key", "2026-11-08T15:00:00Z", who="old key"),
    event("new key", "2026-11-08T15:20:00Z", who="new key"),
    event("nowhere", "2026-11-09T15:00:00Z", "Viewed Product", NOWHERE, who="is nowhere"),
    event("by product", "2026-11-10T15:00:00Z", "Viewed Product", item(404, product_id=7, sku=None), who="tells a product"),
    event("moved", "2026-11-11T15:00:00Z", "Viewed Product", item(21), who="is in the shop that moves"),
    event("before", "2026-11-12T15:00:00Z", who="orders later"),
    event("maiden", "2026-11-13T15:00:00Z", who="maiden key"),
    event("married", "2026-11-13T15:20:00Z", who="married key"),
    event("foretold", "2026-11-21T15:00:00Z", who="comes tomorrow"),
]  # fmt: skip
LATER_VISITS = [
    event("mistaken", "2026-11-07T15:00:00Z", who="the other"),
    event("late", "2026-11-03T15:00:00Z", who="is told late"),
    *(event(f"berlin {n}", f"2026-11-21T15:{n}:00Z", "Viewed Product", item(11), who="in Berlin") for n in range(10, 40)),
]  # fmt: skip

Tables = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def builds(module_warehouse: Settings) -> tuple[Tables, Tables, Tables]:
    """The kept tables after the first night, after two more around which everything changed, and refreshed."""
    settings = module_warehouse
    bring(settings, DAY, CATALOGUE, VISITS, [])
    first = build(settings, DAY)
    bring(settings, DAY + ONE, LATER_CATALOGUE, LATER_VISITS, [an_order_of("orders later")])
    become_one(settings, "old key", "new key")
    forget(settings, "is erased")
    build(settings, DAY + ONE, meanwhile=lambda: become_one(settings, "maiden key", "married key"))
    after = DAY + 2 * ONE
    return first, build(settings, after), build(settings, after, "--full-refresh")


def bring(
    settings: Settings,
    day: date,
    catalogue: dict[str, Products],
    visits: list[dict[str, Any]],
    orders: list[dict[str, Any]],
) -> None:
    window = day_window(day, settings.timezone)
    for store, products in catalogue.items():
        here, shop = {"account": store, "window": window}, a_shop()
        if store == MOVING and day > DAY:
            shop["ianaTimezone"] = "Asia/Tokyo"
        load(settings, [line(shop["id"], shop)], stream="shop", kind="snapshot", **here)
        told = [a_product(number, variants) for number, variants in products.items()]
        load(settings, [line(one["id"], one, f"{day}T12:00:00Z") for one in told], stream="products", **here)
    load(settings, [line(one["id"], one) for one in orders], account=STORE, window=window)
    told = [line(one["id"], one, f"{day}T20:00:00Z") for one in visits]
    load(settings, told, source="klaviyo", stream="events", account="klaviyo", window=window)


def a_product(number: int, variants: dict[int, str]) -> dict[str, Any]:
    nodes = [
        {"id": gid("ProductVariant", variant), "sku": sku, "title": "", "price": "10"}
        for variant, sku in variants.items()
    ]
    return {"id": gid("Product", number), "title": f"Product {number}", "variants": {"nodes": nodes}}


def an_order_of(person: str) -> dict[str, Any]:
    lines = [a_line(1, variant={"id": gid("ProductVariant", 1)})]
    return an_order(1, "2026-11-12T16:00:00Z", lines) | {"customer_key": person}


def become_one(settings: Settings, old_key: str, new_key: str) -> None:
    with connect(settings, "privacy") as conn:
        conn.execute(
            "INSERT INTO ops.customer_alias (alias_key, customer_key) VALUES (%s, %s)", [old_key, new_key]
        )


def forget(settings: Settings, person: str) -> None:
    with connect(settings, "privacy") as conn:
        traces.out_of_raw(conn, [person], {})
        traces.out_of_tables(conn, [person])


def build(settings: Settings, day: date, *flags: str, meanwhile: Callable[[], None] | None = None) -> Tables:
    """One build; `meanwhile` happens when it knows which inputs are not what they were."""
    with holding_build(settings, day) as build_id:
        if meanwhile:
            run(settings, "--select", *INPUTS, *KINDS)
            meanwhile()
        run(settings, "--select", *MODELS, *KINDS, *flags, *(("--exclude", *INPUTS) if meanwhile else ()))
        call_published(settings, build_id)
    with connect(settings, "transformer") as conn:
        return {
            table: sorted(conn.execute(f"SELECT * FROM build.{table}").fetchall(), key=repr)  # type: ignore[call-overload]
            for table in KEPT
        }


def run(settings: Settings, *args: str) -> None:
    assert not dbt_runner.failing_nodes(dbt_runner.run(settings, "build", *args))


@pytest.mark.parametrize("table", KEPT)
def test_what_is_kept_of_visits_is_what_a_full_refresh_makes(builds, table: str) -> None:
    _, nightly, refreshed = builds
    assert nightly[table] == refreshed[table]


def visit_of(tables: Tables, person: str) -> tuple[Any, ...] | None:
    """Session, store, day of the month, events and order of somebody who came once, or not at all."""
    rows = [row for row in tables["fct_sessions"] if row[1] == person]
    said = [(row[0], row[2], row[5].day, row[6], row[12]) for row in rows]
    assert len(said) <= 1
    return said[0] if said else None


@pytest.mark.parametrize(
    ("person", "before", "after"),
    [
        ("tells a SKU", ("by sku", STORE, 4, 1, None), ("by sku", BERLIN, 4, 1, None)),
        ("is erased", ("erased", STORE, 5, 1, None), None),
        ("mistaken for another", ("mistaken", STORE, 7, 2, None), ("own", STORE, 7, 1, None)),
        ("the other", ("other", STORE, 7, 1, None), ("mistaken", STORE, 7, 2, None)),
        ("old key", ("old key", STORE, 8, 1, None), None),
        ("new key", ("new key", STORE, 8, 1, None), ("old key", STORE, 8, 2, None)),
        ("is nowhere", ("nowhere", STORE, 9, 1, None), ("nowhere", BERLIN, 9, 1, None)),
        ("tells a product", ("by product", STORE, 10, 1, None), ("by product", BERLIN, 10, 1, None)),
        ("is in the shop that moves", ("moved", MOVING, 11, 1, None), ("moved", MOVING, 12, 1, None)),
        ("orders later", ("before", STORE, 12, 1, None), ("before", STORE, 12, 1, gid("Order", 1))),
        ("married key", ("married", STORE, 13, 1, None), ("maiden", STORE, 13, 2, None)),
        ("comes tomorrow", None, ("foretold", STORE, 21, 1, None)),
    ],
)
def test_a_visit_is_told_anew_when_what_it_hangs_on_changed(builds, person, before, after) -> None:
    first, nightly, _ = builds
    assert (visit_of(first, person), visit_of(nightly, person)) == (before, after)


def test_a_look_follows_its_variant_to_another_product(builds) -> None:
    bread = [row[6] for tables in builds for row in tables["int_events__sessioned"] if row[0] == "bread"]
    assert bread == [gid("Product", 8), gid("Product", 9), gid("Product", 9)]
