"""Visits over two nights through the real models: a late event joins its session, and nothing is counted twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from include import dbt_runner
from include.settings import Settings
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import day_window
from tests.dbt.klaviyo_payloads import ANN, event, item
from tests.dbt.shop_payloads import STORE, a_line, a_shop, an_order, gid
from tests.warehouse.helpers import call_published, line, load

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 20)
ONE = timedelta(days=1)
BEN = "b" * 32
BROWSING = (
    "stg_klaviyo__events", "stg_klaviyo__placed_orders", "stg_klaviyo__profiles", "stg_klaviyo__list_members", "int_events__placed",
    "int_events__sessioned", "int_products__bought", "int_products__viewed", "fct_sessions",
    "mart_product_interest_daily",
)  # fmt: skip
EVERYTHING = (*BROWSING, "+fct_sessions", "+mart_product_interest_daily")
INTEGRITY = (
    "browsing_every_event_belongs_to_one_session", "browsing_sessions_add_up_to_their_events",
    "browsing_interest_adds_up_to_its_sources",
)  # fmt: skip


FIRST = [
    event("view", "2026-11-20T23:40:00+00:00"),
    event(
        "begun", "2026-11-21T00:15:00+00:00", "Checkout Started", item(1, "20.0", quantity=2), item(2, "7.0"),
        checkout_id=77,
    ),
    event("ben", "2026-11-20T15:00:00+00:00", who=BEN),
    event("nobody", "2026-11-20T15:00:00+00:00", who=None),
    event("placed", "2026-11-20T23:59:00+00:00", "Placed Order", value=21.5, order_id="1"),
]  # fmt: skip
LATE = [event("added", "2026-11-21T00:05:00+00:00", "Added to Cart")]


def a_product() -> dict[str, Any]:
    variants = [
        {"id": gid("ProductVariant", n), "sku": f"SOUP-{n}", "title": "", "price": "10"} for n in (1, 2)
    ]
    return {
        "id": gid("Product", 9), "title": "Soup", "productType": "Grocery", "createdAt": "2026-01-01T00:00:00Z",
        "updatedAt": "2026-01-01T00:00:00Z", "variants": {"nodes": variants},
    }  # fmt: skip


def an_order_of(number: int, at: str, who: str) -> dict[str, Any]:
    soup = a_line(number, variant={"id": gid("ProductVariant", 1)}, quantity=2)
    return an_order(number, at, [soup]) | {"customer_key": who}


def a_profile(key: str, who: str, state: str, *gone: str) -> dict[str, Any]:
    marketing = {
        "consent": state,
        "suppression": [{"reason": one, "timestamp": "2026-11-01T00:00:00Z"} for one in gone],
    }
    channels = {"email": {"marketing": marketing}, "sms": {"marketing": {"consent": "NEVER_SUBSCRIBED"}}}
    dates = {"created": "2026-01-01T00:00:00Z", "updated": "2026-11-01T00:00:00Z"}
    return {"id": key, "attributes": {**dates, "subscriptions": channels}, "customer_key": who}


@pytest.fixture(scope="module")
def browsed(module_warehouse: Settings) -> Settings:
    """A warehouse after two nights; the second brings an event of the first day and sells nothing."""
    parsed = dbt_runner.run(module_warehouse, "parse").result
    bring(module_warehouse, FIRST, DAY)
    build(module_warehouse, DAY, EVERYTHING, parsed)
    bring(module_warehouse, LATE, DAY + ONE)
    build(module_warehouse, DAY + ONE, EVERYTHING, parsed)
    return module_warehouse


def bring(settings: Settings, events: list[dict[str, Any]], day: date) -> None:
    window, shop = day_window(day, settings.timezone), a_shop()
    here = {"account": STORE, "window": window}
    there = {"source": "klaviyo", "account": "klaviyo", "window": window}
    load(settings, [line(shop["id"], shop)], stream="shop", kind="snapshot", **here)
    load(settings, [line(a_product()["id"], a_product())], stream="products", **here)
    orders = [an_order_of(1, "2026-11-20T23:59:00Z", ANN), an_order_of(2, "2026-11-20T14:59:00Z", BEN)]
    load(settings, [line(one["id"], one) for one in orders], stream="orders", **here)
    load(
        settings,
        [line(one["id"], one, one["attributes"]["datetime"]) for one in events],
        stream="events",
        **there,
    )
    people = [a_profile("p1", ANN, "SUBSCRIBED"), a_profile("p2", BEN, "SUBSCRIBED", "HARD_BOUNCE")]
    load(settings, [line(one["id"], one) for one in people], stream="profiles", **there)
    member = {"id": "L/p1", "list": {"id": "L", "name": "Newsletter"}, "customer_key": ANN}
    load(settings, [line("L/p1", member)], stream="list_members", kind="snapshot", **there)


def build(settings: Settings, day: date, models: tuple[str, ...], parsed: Any) -> None:
    """The models and our integrity tests of them, in one go."""
    with holding_build(settings, day) as build_id:
        chosen = ("--select", *models, *INTEGRITY, "--indirect-selection", "empty")
        result = dbt_runner.run(
            settings, "build", *chosen, "--exclude-resource-type", "unit_test", parsed=parsed
        )
        assert not dbt_runner.failing_nodes(result)
        done = {one.node.name for one in result.result.results}
        assert done >= {*BROWSING, *INTEGRITY}
        call_published(settings, build_id)


def read(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings, "transformer") as conn:
        return conn.execute(query).fetchall()  # type: ignore[call-overload]


def test_a_late_event_closes_the_gap_between_two_sessions(browsed: Settings) -> None:
    rows = read(
        browsed,
        "SELECT session_id, store_id, business_date, events, views, products_viewed, carts_added, checkouts_started,"
        " is_converted, order_id FROM build.fct_sessions ORDER BY session_id",
    )
    assert rows == [
        ("ben", STORE, DAY, 1, 1, 1, 0, 0, False, None),
        ("view", STORE, DAY, 4, 1, 1, 1, 1, True, gid("Order", 1)),
    ]


def test_a_begun_checkout_has_a_row_for_each_line(browsed: Settings) -> None:
    rows = read(
        browsed,
        "SELECT event_id, metric_name, variant_id, quantity, value_amount, checkout_id FROM build.stg_klaviyo__events"
        " WHERE told_event_id IN ('begun', 'view') ORDER BY 1",
    )
    assert rows == [
        ("begun", "Started Checkout", gid("ProductVariant", 1), 2, Decimal("20.0"), "77"),
        ("begun:2", "Started Checkout", gid("ProductVariant", 2), 1, Decimal("7.0"), "77"),
        ("view", "Viewed Product", gid("ProductVariant", 1), 1, Decimal("10.5"), None),
    ]


def test_an_order_placed_is_no_visit(browsed: Settings) -> None:
    assert read(
        browsed,
        "SELECT event_id, order_id, customer_key, value_amount, currency FROM build.stg_klaviyo__placed_orders",
    ) == [("placed", gid("Order", 1), ANN, Decimal("21.5"), "USD")]
    assert (
        read(browsed, "SELECT event_id FROM build.stg_klaviyo__events WHERE told_event_id = 'placed'") == []
    )


def test_who_bought_before_looking_did_not_buy_what_they_looked_at(browsed: Settings) -> None:
    rows = read(
        browsed,
        "SELECT business_date, viewers, views, adders, checkout_starters, buyers, units, viewers_28d, viewers_who_bought_28d,"
        " is_viewed_not_bought FROM build.mart_product_interest_daily ORDER BY 1",
    )
    assert rows == [
        (DAY, 2, 2, 1, 1, 2, 4, 2, 2, False),
        (DAY + ONE, 0, 0, 0, 0, 0, 0, 2, 2, False),
    ], "by the day, not by the minute: whoever bought on the day of the first look counts"


def test_who_is_suppressed_allows_no_mail(browsed: Settings) -> None:
    rows = read(
        browsed, "SELECT customer_key, email_consent, sms_consent FROM build.stg_klaviyo__profiles ORDER BY 1"
    )
    assert rows == [(ANN, True, False), (BEN, False, False)]
    assert read(browsed, "SELECT list_name, customer_key FROM build.stg_klaviyo__list_members") == [
        ("Newsletter", ANN)
    ]
