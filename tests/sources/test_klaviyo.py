"""Klaviyo, read from its sandbox face and through the lake into raw."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from include.errors import Stop, Wait
from include.privacy import customer_key
from include.privacy.consent import contacts
from include.privacy.projection import Projection
from include.pull import pull
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.klaviyo import KLAVIYO
from include.sources.klaviyo.events import deed as deed_of
from include.sources.klaviyo.people import consents
from include.warehouse.connect import connect_admin
from include.window import Window
from tests.clients.faulty import Say, faulty
from tests.sandbox import browsers
from tests.sandbox.tiny import at
from tests.sandbox.tiny import served as serve
from tests.sources.company import HISTORY, NOW, SECRET, account, read
from tests.sources.test_others import payloads

LATER = NOW + timedelta(hours=6)
ANN = "01KLAVIYO00000000000000001"
ORDERS_BY_THE_8TH = ORDERS_OF_THE_9TH = 2


@pytest.fixture(autouse=True)
def _history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTSHIFT_HISTORY_START", "2026-02-01")


def ask(settings: Settings, query: str) -> list[tuple]:
    with connect_admin(settings, settings.database) as conn:
        return conn.execute(query).fetchall()  # type: ignore[call-overload]


def fault(running: Running, **fault) -> None:
    body = {"vendor": "klaviyo", **fault}
    requests.post(f"{running.url}/_sandbox/faults", json=body, timeout=10).raise_for_status()


# ---------------------------------------------------------------------------- events


def test_events_say_who_did_what_with_which_variant_and_nothing_else(company: Running):
    events = payloads(read(company, "klaviyo", "events"))
    assert Counter(event["metric"]["name"] for event in events) == {
        "Added to Cart": 1, "Checkout Started": 1, "Placed Order": 6, "Viewed Product": 3,
    }  # fmt: skip
    (added,) = [event for event in events if event["metric"]["name"] == "Added to Cart"]
    assert added["attributes"]["items"] == [
        {"product_id": 201, "variant_id": 101, "sku": "COF-1", "quantity": 2, "value": None}
    ]
    assert (added["attributes"]["value"], added["attributes"]["currency"]) == (20.0, "USD")
    assert set(added) == {"id", "attributes", "metric", "customer_key"}
    assert added["customer_key"] == customer_key(SECRET, "ann@example.com")
    text = json.dumps(events)
    assert not [word for word in ("@", "http", "Coffee", "Acme", "tiny.myshopify") if word in text]


def test_a_checkout_brings_all_its_lines(company: Running):
    (begun,) = [e for e in payloads(read(company, "klaviyo", "events")) if "Checkout" in e["metric"]["name"]]
    assert begun["attributes"]["checkout_id"] == 8101
    assert [(item["variant_id"], item["value"]) for item in begun["attributes"]["items"]] == [
        (101, "20.0"),
        (102, "7.0"),
    ]


def test_of_an_order_placed_its_id_and_value_are_kept_and_nothing_else(company: Running):
    events = payloads(read(company, "klaviyo", "events"))
    placed = {e["attributes"]["order_id"]: e for e in events if e["metric"]["name"] == "Placed Order"}
    shops = {
        order["id"].rpartition("/")[2]: Decimal(order["totalPriceSet"]["shopMoney"]["amount"])
        for order in payloads(read(company, "shopify", "orders"))
        if order["customer_key"]
    }
    assert {key: Decimal(str(one["attributes"]["value"])) for key, one in placed.items()} == shops
    told = {"datetime": "2026-03-01T12:00:00+00:00", "currency": "USD", "order_id": "5001", "value": 10.7}
    assert placed["5001"]["attributes"] == {**told, "checkout_id": None, "items": []}
    assert placed["5001"]["customer_key"] == customer_key(SECRET, "ann@example.com")
    assert not [
        word for word in ("Ann", "Reno", "89501", "14155550100", "#5001") if word in json.dumps(events)
    ]


@pytest.mark.parametrize(
    ("properties", "order_id"),
    [
        ({"OrderId": 7001, "$event_id": "7001_web"}, 7001),
        ({"$event_id": "7001", "$extra": {"id": 7001}}, "7001"),
        ({"$event_id": {"no": 1}}, None),
    ],
)
def test_an_orders_id_is_its_own_property_or_the_events_id(properties, order_id):
    event = {"id": "e", "attributes": {"datetime": NOW.isoformat(), "event_properties": properties}}
    attributes = deed_of(event, {"id": "m", "name": "Placed Order"}, {})["attributes"]
    assert (attributes["order_id"], attributes["checkout_id"], attributes["items"]) == (order_id, None, [])
    viewed = deed_of(event, {"id": "m", "name": "Viewed Product"}, {})["attributes"]
    assert viewed["order_id"] is None, "only an order placed is known by the event's id"


def test_properties_may_be_named_differently_or_be_missing_or_senseless():
    event = {"id": "e", "attributes": {"datetime": "2026-03-05T00:00:00+00:00"}}
    empty = {"product_id": None, "variant_id": None, "sku": None, "quantity": None, "value": None}
    assert deed_of(event, {"id": "m", "name": "Viewed Product"}, {})["attributes"]["items"] == [empty]
    event["attributes"]["event_properties"] = {
        "AddedItemProductID": 7, "Variant ID": "8", "AddedItemSKU": "S", "Quantity": {"no": 1}, "$value": "$9.99",
    }  # fmt: skip
    deed = deed_of(event, {"id": "m", "name": "Added to Cart"}, {})
    assert deed["attributes"]["items"] == [{**empty, "product_id": 7, "variant_id": "8", "sku": "S"}]
    assert (deed["attributes"]["value"], deed["profile"]) == (None, None)
    line = Projection(KLAVIYO.stream("events"), account_of("x"), SECRET).record(deed)
    assert json.loads(line.payload)["customer_key"] is None


def test_of_two_metrics_of_one_name_shopifys_is_read():
    def metric(key: str, name: str, sender: str) -> dict:
        return {"type": "metric", "id": key, "attributes": {"name": name, "integration": {"name": sender}}}

    metrics = [metric("a", "Added to Cart", "API"), metric("b", "Added to Cart", "Shopify")]
    with faulty() as vendor:
        known = {"data": [*metrics, metric("c", "Opened Email", "Klaviyo")], "links": {}}
        vendor.will(Say.json(known), Say.json({"data": [], "links": {}}))
        client = KLAVIYO.connect(account_of(vendor.url))
        list(KLAVIYO.stream("events").pull(client, Window(NOW - timedelta(days=1), NOW)))
        assert 'equals(metric_id,"b")' in requests.utils.unquote(vendor.asked[-1].path)
        assert vendor.asked[-1].headers["revision"] == "2026-07-15"
        assert len(vendor.asked) == 2


def account_of(url: str):
    from include.sources.base import Account

    return Account("klaviyo", "klaviyo", url, {"password": "pk_sandbox"})


def test_an_event_that_arrives_two_days_late_is_still_read(warehouse: Settings, tmp_path: Path):
    world = browsers.world()
    world.browsing.append(browsers.late("late", "Viewed Product", browsers.BOB, 102, day=8))
    with serve(tmp_path, "klaviyo", of=world) as running:
        asked = account(running, "klaviyo")
        running.sandbox.clock.set(at(8, 13))
        first = pull(warehouse, asked, "events", run_id="night-1", now=at(8, 13))
        running.sandbox.clock.set(at(10, 15))
        second = pull(warehouse, asked, "events", run_id="night-2", now=at(10, 15))
    assert second.window.start == at(5, 5), "three days before the midnight the first night ended after"
    assert (first.records, second.new_payloads) == (ORDERS_BY_THE_8TH + 5, ORDERS_OF_THE_9TH + 1)


@pytest.mark.parametrize("kind", ["429", "500", "truncate"])
@pytest.mark.parametrize("stream", ["events", "profiles", "list_members"])
def test_a_stumbling_klaviyo_is_read_all_the_same(tmp_path: Path, kind: str, stream: str):
    with serve(tmp_path, "klaviyo", of=browsers.world()) as running:
        wanted = read(running, "klaviyo", stream)
        assert wanted
        fault(running, kind=kind, times=1, after=1)
        assert read(running, "klaviyo", stream) == wanted


def test_a_cursor_that_expires_costs_a_second_look_and_no_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("include.sources.klaviyo.events.PAGE", 1)
    with serve(tmp_path, "klaviyo", of=browsers.world(), limits=Limits(token_seconds=0.4)) as running:
        monkeypatch.setattr("include.sources.klaviyo.events.PAGE", 1000)
        wanted = read(running, "klaviyo", "events")
        monkeypatch.setattr("include.sources.klaviyo.events.PAGE", 1)
        fault(running, kind="slow", times=1, after=9, seconds=0.6, path="/events")
        assert read(running, "klaviyo", "events") == wanted


def test_cursors_that_always_expire_end_the_night_for_now():
    gone = {"errors": [{"code": "invalid", "source": {"parameter": "page[cursor]"}}]}
    with faulty() as vendor:
        vendor.will(*[Say.json(gone, 400)] * 3)
        client = KLAVIYO.connect(account_of(vendor.url))
        with pytest.raises(Wait, match="cursors expired 3 times"):
            list(KLAVIYO.stream("profiles").pull(client, HISTORY))
        vendor.will(Say.json({"errors": [{"code": "invalid", "detail": "canary@example.com"}]}, 400))
        with pytest.raises(Stop, match=r"answered 400 \(invalid\)"):
            list(KLAVIYO.stream("profiles").pull(client, HISTORY))


# ---------------------------------------------------------------------------- profiles


def test_profiles_belong_to_the_window_they_changed_in(company: Running):
    second = timedelta(seconds=1)
    assert len(read(company, "klaviyo", "profiles", Window(at(2), at(2) + second))) == 1
    assert read(company, "klaviyo", "profiles", Window(at(2) + second, at(2) + 2 * second)) == []
    (bob,) = payloads(read(company, "klaviyo", "profiles", Window(at(2), at(2) + second)))
    assert set(bob) == {"id", "attributes", "customer_key"}
    assert set(bob["attributes"]) == {"created", "updated", "subscriptions"}
    assert bob["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "NEVER_SUBSCRIBED"


def profile(state: str, suppression: list | None = None, **marketing) -> dict:
    channel = {"consent": state, "suppression": suppression or [], **marketing}
    channels = {"email": {"marketing": channel}}
    dates = {"created": "2026-01-01T00:00:00+00:00", "updated": "2026-03-01T00:00:00+00:00"}
    return {"id": "p", "attributes": {**dates, "subscriptions": channels}}


@pytest.mark.parametrize(
    ("state", "more", "said"),
    [
        ("NEVER_SUBSCRIBED", {}, None),
        ("SUBSCRIBED", {"consent_timestamp": "2026-02-01T00:00:00+00:00"}, (True, "2026-02-01")),
        ("SUBSCRIBED", {}, (True, "2026-01-01")),
        ("UNSUBSCRIBED", {"last_updated": "2026-02-05T00:00:00+00:00"}, (False, "2026-02-05")),
        ("UNSUBSCRIBED", {}, (False, "2026-03-01")),
    ],
)
def test_what_a_profile_says_about_mail(state, more, said):
    found = [(one.granted, one.effective_at[:10]) for one in consents(profile(state, **more))]
    assert found == ([said] if said else [])


@pytest.mark.parametrize("reason", ["UNSUBSCRIBE", "HARD_BOUNCE", "SPAM_COMPLAINT"])
def test_suppressed_is_not_granted_even_after_a_newer_yes(reason):
    gone = [{"reason": reason, "timestamp": "2026-02-01T00:00:00+00:00"}]
    (said,) = consents(profile("SUBSCRIBED", gone, consent_timestamp="2026-02-10T00:00:00+00:00"))
    assert (said.granted, said.effective_at[:10]) == (False, "2026-02-10")
    assert said.evidence["suppressed"] == [reason]


def test_one_person_of_two_sources_is_one_row_and_both_are_heard(
    warehouse: Settings, tmp_path: Path, company: Running
):
    """Shopify: Ann said yes on the 1st, in Reno. Klaviyo: she left through a mail's footer on the 8th."""
    key = customer_key(warehouse.secret("customer_key"), "ann@example.com")

    def reachable() -> list[str | None]:
        return [contact.email for contact in contacts(warehouse, [str(key)], "email")]

    pull(warehouse, account(company, "shopify"), "customers", run_id="night-1", now=LATER)
    assert reachable() == ["ann@example.com"]
    with serve(tmp_path, "klaviyo", of=browsers.world()) as running:
        state = running.sandbox.state
        state.put("klaviyo_subscription", ANN, {"email": ["UNSUBSCRIBED", at(8).isoformat()]})
        for stream in ("profiles", "events", "list_members"):
            pulled = pull(warehouse, account(running, "klaviyo"), stream, run_id="night-1", now=LATER)
            assert (pulled.quarantined, pulled.records > 0) == (0, stream != "list_members")
    assert reachable() == []
    assert ask(warehouse, "SELECT count(*) FROM pii.customer WHERE email = 'ann@example.com'") == [(1,)]
    told = "SELECT source FROM pii.consent WHERE purpose = 'email' AND customer_key = '{}' ORDER BY 1"
    assert ask(warehouse, told.format(key)) == [("klaviyo",), ("shopify",)]
    known = f"SELECT first_name, country FROM pii.customer WHERE customer_key = '{key}'"
    assert ask(warehouse, known) == [("Ann", "US")], "Klaviyo is not asked for names: Shopify's stay"
    both = f"SELECT source FROM pii.identity WHERE customer_key = '{key}' ORDER BY 1"
    assert ask(warehouse, both) == [("klaviyo",), ("shopify",)]
    for table in ("events", "profiles", "list_members"):
        assert ask(warehouse, f"SELECT count(*) FROM raw.klaviyo_{table} WHERE payload::text LIKE '%@%'") == [
            (0,)
        ]


# ---------------------------------------------------------------------------- lists


def test_lists_are_told_member_by_member(company: Running):
    members = payloads(read(company, "klaviyo", "list_members"))
    assert {member["list"]["name"] for member in members} == {"Newsletter", "Flow: abandoned cart"}
    assert {member["customer_key"] for member in members} == {customer_key(SECRET, "ann@example.com")}
    assert set(members[0]) == {"id", "list", "joined_group_at", "customer_key"}


def test_more_lists_and_members_than_fit_on_a_page(tmp_path: Path):
    world = browsers.world()
    ann = world.customers[0]
    world.customers += [replace(ann, id=1000 + n, email=f"p{n}@example.com", phone=None) for n in range(120)]
    with serve(tmp_path, "klaviyo", of=world) as running:
        for n in range(12):
            running.sandbox.state.put(
                "klaviyo_list", f"L{n}", {"id": f"L{n}", "name": f"List {n}", "created": "2026-03-01T00:00:00+00:00",
                                          "updated": "2026-03-01T00:00:00+00:00"},
            )  # fmt: skip
            running.sandbox.state.put(f"klaviyo_member:L{n}", ANN, at(3).isoformat())
        scopes = [line.scope for line in read(running, "klaviyo", "list_members")]
    assert len([scope for scope in scopes if scope.startswith("NwsLt1/")]) == 121
    assert len({scope.split("/")[0] for scope in scopes}) == 14
    assert len(scopes) == len(set(scopes))


def test_it_is_registered_and_explains_itself():
    assert list(REGISTRY)[:1] == ["shopify"]
    assert REGISTRY["klaviyo"] is KLAVIYO
    assert "private API key" in KLAVIYO.connection_help
