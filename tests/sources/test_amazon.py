"""Amazon, read from its sandbox face."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from include.errors import FixCredentials, Wait
from include.pull import pull
from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.amazon.client import PLANS, Amazon, connect
from include.sources.base import Account
from include.warehouse.connect import connect_admin
from include.window import Window
from tests.sandbox import seller
from tests.sandbox.tiny import at
from tests.sources.company import HISTORY, NOW, account, read, served

STREAMS = [stream.name for stream in REGISTRY["amazon"].streams]
BUYER = ("Buyer of", "Main Street", "555 0100", "89501", "marketplace.amazon.com", "déçu", "Reno", "Columbus")


def payloads(running: Running, stream: str, window: Window = HISTORY, **more) -> dict[str, dict]:
    return {line.scope: json.loads(line.payload) for line in read(running, "amazon", stream, window, **more)}


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Running]:
    """A company of one's own, to disturb."""
    with served(tmp_path) as company:
        yield company


def inject(company: Running, **fault) -> None:
    fault = {"vendor": "amazon", "seconds": 0, **fault}
    requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()


# ---------------------------------------------------------------------------- nobody is named


@pytest.mark.parametrize("stream", STREAMS)
def test_no_stream_knows_a_person(company: Running, stream: str):
    assert REGISTRY["amazon"].stream(stream).person is None
    text = json.dumps(payloads(company, stream), ensure_ascii=False)
    assert text != "{}"
    assert [word for word in BUYER if word in text] == []


def test_of_where_an_order_goes_country_and_region_are_kept(company: Running):
    order = payloads(company, "orders")[seller.number(2)]
    assert order["recipient"] == {"deliveryAddress": {"countryCode": "US", "stateOrRegion": "OH"}}
    assert "buyer" not in order


def test_an_application_that_is_told_who_buys_asks_where_to_no_more(
    alone: Running, monkeypatch: pytest.MonkeyPatch
):
    alone.sandbox.state.put("amazon_role", "restricted", True)
    asked: list[str] = []
    get = Amazon.get

    def noted(self: Amazon, operation: str, path: str, params=None):
        asked.append(params["includedData"])
        return get(self, operation, path, params)

    monkeypatch.setattr(Amazon, "get", noted)
    orders = payloads(alone, "orders")
    # three pieces of thirty days; it is told in the second, and all three are asked for again
    assert ["RECIPIENT" in one for one in asked] == [True, True, False, False, False]
    assert len(orders) == 6
    assert not [word for word in BUYER if word in json.dumps(orders, ensure_ascii=False)]
    assert not [order for order in orders.values() if "recipient" in order]


# ---------------------------------------------------------------------------- orders


def test_orders_come_by_their_last_change(company: Running):
    assert set(payloads(company, "orders", Window(at(6), at(7, 13)))) == {seller.number(2), seller.number(6)}
    assert payloads(company, "orders", Window(at(6) - timedelta(hours=1), at(6))) == {}
    whole = payloads(company, "orders")
    tiled = [payloads(company, "orders", tile) for tile in HISTORY.tiles(timedelta(days=2))]
    assert whole == {number: order for tile in tiled for number, order in tile.items()}


def test_a_year_of_orders_is_asked_for_in_pieces_whose_page_tokens_live_long_enough(
    company: Running, monkeypatch: pytest.MonkeyPatch
):
    """One page in three minutes: the tokens of 30 days' orders outlive them up to 1,600 orders a day."""
    asked: list[str] = []
    get = Amazon.get

    def noted(self: Amazon, operation: str, path: str, params=None):
        asked.append(params["lastUpdatedAfter"])
        return get(self, operation, path, params)

    wanted = payloads(company, "orders")
    monkeypatch.setattr(Amazon, "get", noted)
    assert payloads(company, "orders", Window(NOW - timedelta(days=100), NOW)) == wanted
    assert len(asked) == 4


def test_a_night_spends_little_of_the_quota(company: Running, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    get = Amazon.get

    def counted(self: Amazon, operation: str, path: str, params=None):
        asked.append(operation)
        return get(self, operation, path, params)

    monkeypatch.setattr(Amazon, "get", counted)
    payloads(company, "orders", Window(NOW - timedelta(days=30), NOW))
    assert asked == ["orders"]


def test_quotas_are_amazons_and_shared_by_all_streams_of_a_process():
    given = {"login": "id", "password": "secret", "refresh_token": "token"}
    asked = Account(
        "amazon", "A1", "https://sellingpartnerapi-na.amazon.com", given, {"marketplace_ids": "X"}
    )
    first, second = connect(asked), connect(asked)
    for operation, plan in PLANS.items():
        rate = first._sessions[operation].transport.rate
        assert rate is second._sessions[operation].transport.rate
        assert rate is not None
        assert (rate.per_second, rate.burst) == plan


STUMBLES = [("orders", kind) for kind in ("429", "500", "html", "truncate", "reset")]


@pytest.mark.parametrize(
    ("stream", "kind"), [*STUMBLES, ("inventory", "429"), ("transactions", "truncate"), ("feedback", "429")]
)
def test_a_stumbling_amazon_is_read_all_the_same(alone: Running, stream: str, kind: str):
    wanted = payloads(alone, stream)
    inject(alone, kind=kind, times=5 if kind == "429" else 1)
    assert payloads(alone, stream) == wanted


def test_a_quota_used_up_is_waited_for_and_an_outage_is_not(alone: Running):
    wanted = payloads(alone, "inventory")
    inject(alone, kind="429", times=15, path="/fba")  # more than a request's six attempts, twice
    assert payloads(alone, "inventory") == wanted
    inject(alone, kind="429", times=1000, path="/fba")
    with pytest.raises(Wait, match=r"429 \(QuotaExceeded\)"):
        read(alone, "amazon", "inventory")
    requests.delete(f"{alone.url}/_sandbox/faults", timeout=10).raise_for_status()
    inject(alone, kind="down", path="/fba")
    with pytest.raises(Wait, match=r"503 \(ServiceUnavailable\) \(6 of 6 attempts\)"):
        read(alone, "amazon", "inventory")


# ---------------------------------------------------------------------------- signing in


def test_a_token_that_expires_in_the_middle_is_renewed(alone: Running):
    stream = REGISTRY["amazon"].stream("transactions")
    with REGISTRY["amazon"].opened(account(alone, "amazon")) as client:
        first = list(stream.pull(client, HISTORY))
        tokens = alone.sandbox.state.items("amazon_token")
        alone.sandbox.state.put_many("amazon_token", dict.fromkeys(tokens, 0.0))
        assert list(stream.pull(client, HISTORY)) == first


def test_a_token_that_was_taken_back_asks_for_a_person(alone: Running):
    with REGISTRY["amazon"].opened(account(alone, "amazon")) as client:
        list(REGISTRY["amazon"].stream("orders").pull(client, HISTORY))
        alone.sandbox.state.clear("amazon_token")
        with pytest.raises(FixCredentials, match=r"403 \(Unauthorized\)"):
            list(REGISTRY["amazon"].stream("orders").pull(client, HISTORY))


@pytest.mark.parametrize("lost", ["login", "password", "refresh_token", "marketplace_ids"])
def test_what_a_connection_lacks_is_named(company: Running, lost: str):
    whole = account(company, "amazon")
    given = {name: value for name, value in whole.credentials.items() if name != lost}
    options = {name: value for name, value in whole.options.items() if name != lost}
    named = {"login": "client_id", "password": "client_secret"}.get(lost, lost)
    with pytest.raises(FixCredentials, match=f"lacks {named}"):
        read(company, "amazon", "orders", credentials=given, options=options)


# ---------------------------------------------------------------------------- stock


def test_stock_is_read_whole_with_what_is_on_its_way(company: Running):
    stock = payloads(company, "inventory")
    assert set(stock) == {f"{seller.US}/{seller.COFFEE}", f"{seller.US}/{seller.KIT}"}
    details = stock[f"{seller.US}/{seller.COFFEE}"]["inventoryDetails"]
    assert (details["fulfillableQuantity"], details["inboundShippedQuantity"]) == (46, 30)


@pytest.mark.parametrize(("deaths", "survives"), [(2, True), (3, False)])
def test_a_page_token_that_dies_begins_the_reading_anew(
    company: Running, monkeypatch: pytest.MonkeyPatch, deaths: int, survives: bool
):
    lives = iter([-1.0] * deaths + [30.0] * 9)
    from include.sandbox.faces.amazon import inventory

    seal = inventory.seal
    monkeypatch.setattr(inventory, "PAGE_SIZE", 1)
    monkeypatch.setattr(inventory, "seal", lambda place, query, seconds: seal(place, query, next(lives)))
    if survives:
        assert len(payloads(company, "inventory")) == 2
    else:
        with pytest.raises(Wait, match="next tokens die"):
            read(company, "amazon", "inventory")


# ---------------------------------------------------------------------------- movements


def test_empty_pages_are_no_end(company: Running, monkeypatch: pytest.MonkeyPatch):
    wanted = payloads(company, "transactions")
    monkeypatch.setattr("include.sandbox.faces.amazon.finances.PAGE_SIZE", 1)
    monkeypatch.setattr("include.sandbox.faces.amazon.finances.EMPTY_EVERY", 2)
    assert payloads(company, "transactions") == wanted
    assert len(wanted) == 8


def test_more_than_half_a_year_is_asked_for_in_pieces(company: Running):
    years = Window(NOW - timedelta(days=500), NOW + timedelta(days=100))
    assert payloads(company, "transactions", years) == payloads(company, "transactions")


def test_amounts_keep_their_digits_and_trees_their_depth(company: Running):
    shipped = payloads(company, "transactions")[f"shipment-{seller.number(1)}"]
    fees = shipped["items"][0]["breakdowns"][-1]
    assert (fees["breakdownType"], fees["breakdownAmount"]["currencyAmount"]) == ("AmazonFees", -5.81)
    assert fees["breakdowns"][0]["breakdowns"][0]["breakdownType"] == "Base"


def test_money_let_go_restates_what_was_held(warehouse: Settings, alone: Running):
    held = f"shipment-{seller.number(1)}"
    for night, day in enumerate((5, 8), 1):
        alone.sandbox.clock.set(at(day))
        pull(warehouse, account(alone, "amazon"), "transactions", run_id=f"night-{night}", now=at(day))
    query = """
        SELECT t.payload ->> 'transactionStatus', t.payload ->> 'postedDate'
        FROM raw.observation o JOIN raw.load_log l USING (load_id)
        JOIN raw.amazon_transactions t ON (t.scope, t.content_hash) = (o.scope, o.content_hash)
        WHERE o.stream = 'amazon_transactions' AND o.scope = %s ORDER BY l.epoch"""
    with connect_admin(warehouse, warehouse.database) as conn:
        told = conn.execute(query, (held,)).fetchall()
        copies = conn.execute(
            "SELECT scope FROM raw.amazon_transactions WHERE scope LIKE 'release-%'"
        ).fetchall()
    posted = "2026-03-02T12:00:00Z"
    assert told == [("DEFERRED", posted), ("DEFERRED_RELEASED", posted)]
    assert copies == [(f"release-{seller.number(1)}",)]
