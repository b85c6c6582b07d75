"""What two tell, and what is told two nights running, agrees; each rule with a load that keeps it and one that breaks it."""

import types
from datetime import timedelta

import pytest
from psycopg.types.json import Jsonb

from expectations import entering
from include import quality
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.window import Window, day_window
from tests.conftest import admin
from tests.warehouse.helpers import DAY, call_published, line, load


@pytest.fixture
def night(warehouse, monkeypatch):
    """Land a night's records by stream and ask one check; returns the streams that are held."""

    def pass_through(check, landed, before=0, late=types.MappingProxyType({})):
        monkeypatch.setattr(entering, "CHECKS", [one for one in entering.CHECKS if one.name == check])
        day = DAY - timedelta(days=before)
        window = day_window(day, warehouse.timezone)
        for (source, stream, kind), records in landed.items():
            lines = [line(str(scope), payload, str(window.start)) for scope, payload in records.items()]
            ended = window.end + late.get((source, stream, kind), timedelta())
            asked = Window(window.start, ended)
            load(warehouse, lines, source=source, stream=stream, kind=kind, account=source, window=asked)
        with holding_build(warehouse, day) as build:
            held = quality.check_entering(warehouse, build)
            call_published(warehouse, build)
        return {text.split(" of ")[1].split(" ")[0] for text in held}

    return pass_through


QUANTS, MOVES = ("odoo", "stock_quants", "snapshot"), ("odoo", "stock_moves", "log")
SHELF, CUSTOMERS = [8, "CMH1/Stock"], [5, "Customers"]


def quants(units):
    return {n: {"id": n, "product_id": [n, "p"], "location_id": SHELF, "quantity": units} for n in range(10)}


def moves(units, origin=SHELF, to=CUSTOMERS):
    return {
        n: {"id": n, "product_id": [n, "p"], "location_id": origin, "location_dest_id": to, "quantity": units}
        for n in range(10)
    }


@pytest.mark.parametrize(
    ("told", "held"),
    [
        (moves(3), set()),
        (moves(30), {"odoo.stock_quants", "odoo.stock_moves"}),
        (moves(3, CUSTOMERS, SHELF), {"odoo.stock_quants", "odoo.stock_moves"}),
    ],
    ids=["as counted", "ten times the units", "the wrong way round"],
)
def test_stock_changes_by_its_moves(night, told, held):
    night("moves_make_the_stock", {QUANTS: quants(20), MOVES: {}}, before=1)
    assert night("moves_make_the_stock", {QUANTS: quants(17), MOVES: told}) == held


def test_stock_is_held_against_moves_of_the_same_nights_only(night):
    """A night whose moves did not come, and the next, which tells them all: neither holds anything."""
    check = "moves_make_the_stock"
    night(check, {QUANTS: quants(20), MOVES: {}}, before=3)
    assert night(check, {QUANTS: quants(17)}, before=2) == set()
    both = moves(3) | {n + 10: {**move, "id": n + 10} for n, move in moves(4).items()}
    assert night(check, {QUANTS: quants(13), MOVES: both}, before=1) == set()
    assert night(check, {QUANTS: quants(9), MOVES: {n + 20: move for n, move in moves(40).items()}}) == {
        "odoo.stock_quants",
        "odoo.stock_moves",
    }


def test_stock_first_counted_without_its_moves_is_held_against_nothing(night):
    night("moves_make_the_stock", {QUANTS: quants(20)}, before=1)
    assert night("moves_make_the_stock", {QUANTS: quants(17), MOVES: moves(90)}) == set()


def test_moves_of_a_night_are_its_counts_though_asked_for_a_minute_later(warehouse, night):
    late = timedelta(minutes=1)
    night("moves_make_the_stock", {QUANTS: quants(20), MOVES: moves(9)}, before=1, late={MOVES: late})
    new = {n + 10: move for n, move in moves(3).items()}
    assert night("moves_make_the_stock", {QUANTS: quants(17), MOVES: new}, late={MOVES: late}) == set()


@pytest.mark.parametrize(
    ("units", "held"), [(19, set()), (190, {"odoo.stock_quants"}), (0, {"odoo.stock_quants"})]
)
def test_what_is_told_every_night_does_not_change_threefold_in_most_of_it(night, units, held):
    night("likeness", {QUANTS: quants(20)}, before=1)
    assert night("likeness", {QUANTS: quants(units)}) == held


ORDERS, EVENTS = ("shopify", "orders", "log"), ("klaviyo", "events", "log")
TRACKERS = ("easypost", "trackers", "log")


@pytest.mark.parametrize(
    ("heard_at", "held"), [("10:00:03", set()), ("15:00:00", {"shopify.orders", "klaviyo.events"})]
)
def test_the_shop_and_the_mail_platform_tell_one_time_of_an_order(night, heard_at, held):
    orders = {
        f"gid://shopify/Order/{n}": {"id": f"gid://shopify/Order/{n}", "createdAt": f"{DAY}T10:00:00Z"}
        for n in range(10)
    }
    events = {
        n: {"id": str(n), "attributes": {"order_id": str(n), "datetime": f"{DAY}T{heard_at}Z"}}
        for n in range(10)
    }
    assert night("orders_at_one_time", {ORDERS: orders, EVENTS: events}) == held


@pytest.mark.parametrize(("status", "held"), [("in_transit", set()), ("delivered", {"easypost.trackers"})])
def test_a_parcels_status_is_that_of_a_scan(night, status, held):
    """However many parcels of the weeks before were delivered long ago, and say so again."""

    def trackers(numbers, told, scanned):
        scans = [{"status": "pre_transit"}, {"status": scanned}]
        return {n: {"id": str(n), "status": told, "tracking_details": scans} for n in numbers}

    long_ago = trackers(range(100, 140), "delivered", "delivered")
    check = "status_of_a_scan"
    assert night(check, {TRACKERS: long_ago}, before=1) == set()
    assert night(check, {TRACKERS: long_ago | trackers(range(10), status, "in_transit")}) == held


RATES, SHOP = ("ecb", "rates", "statement"), ("shopify", "shop", "snapshot")


@pytest.mark.parametrize(
    ("currencies", "held"), [(["USD", "JPY"], set()), (["JPY"], {"ecb.rates"}), (["USD"], set())]
)
def test_a_currency_we_sell_in_keeps_its_rate(night, currencies, held):
    def told(day, of):
        return {str(day): [{"currency": currency, "rate": "1.1"} for currency in of]}

    night("our_currencies_have_rates",
          {SHOP: {1: {"currencyCode": "USD"}}, RATES: told(DAY - timedelta(days=1), ["USD", "JPY"])}, before=1)  # fmt: skip
    assert night("our_currencies_have_rates", {RATES: told(DAY, currencies)}) == held


def test_our_own_drafts_do_not_tell_what_an_order_looks_like(warehouse, postgres):
    with admin(postgres, warehouse.database) as conn:
        conn.execute(
            "INSERT INTO ops.action (kind, action_key, destination, mode, payload, payload_hash, as_of_day, receipt)"
            " VALUES ('restock_draft_po', 'k', 'odoo', 'act', '{}', '', %s, %s)",
            [DAY, Jsonb({"id": 7, "name": "P00007"})],
        )
    for stream, records in {
        "purchase_orders": {n: {"id": n, "state": "draft"} for n in (6, 7)},
        "purchase_order_lines": {n: {"id": n, "order_id": [n // 10, "P"]} for n in (60, 70, 71)},
    }.items():
        lines = [line(str(scope), payload) for scope, payload in records.items()]
        load(warehouse, lines, source="odoo", stream=stream, account="odoo")
    with holding_build(warehouse, DAY) as build:
        quality.profile(warehouse, build)
    with connect(warehouse, "transformer") as conn:
        told = conn.execute("SELECT measures #> '{fields,*,records}' FROM ops.load_profile").fetchall()
    assert told == [(1,), (1,)]
