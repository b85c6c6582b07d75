"""Requests as files: Shopify's mandatory webhooks by their signature, our own form, and what cannot be taken."""

import base64
import hashlib
import hmac
import json
import os
import stat
from pathlib import Path

import pytest

from include.errors import Stop, Wait
from include.privacy import inbox
from include.privacy.inbox import Taken, take_in
from include.privacy.requests import answer_open, requests
from include.privacy.webhooks import Secret
from tests.privacy.helpers import key_of, person
from tests.privacy.test_erase import ANN, BOB, everything
from tests.privacy.two_customers import named, shop
from tests.warehouse.helpers import line, load

SHOP = "acme.myshopify.com"
APP = Secret(SHOP, "shpss_the-apps-own-secret")
BODIES = {
    "customers/data_request": {
        "shop_id": 954889,
        "shop_domain": SHOP,
        "orders_requested": [299938],
        "customer": {"id": 1, "email": ANN, "phone": "650-555-7777"},
        "data_request": {"id": 9999},
    },
    "customers/redact": {
        "shop_id": 954889,
        "shop_domain": SHOP,
        "customer": {"id": 1, "email": ANN, "phone": "650-555-7777"},
        "orders_to_redact": [299938],
    },
    "shop/redact": {"shop_id": 954889, "shop_domain": SHOP},
}
KINDS = {"customers/data_request": "access", "customers/redact": "erasure", "shop/redact": "store_erasure"}


def delivered(
    topic: str, webhook_id: str = "b54557e4", secret: str = APP.value, body: bytes = b"", **headers: str
) -> bytes:
    """As Shopify posts it."""
    body = body or json.dumps(BODIES[topic]).encode()
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    given = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": SHOP,
        "X-Shopify-Webhook-Id": webhook_id,
        "X-Shopify-Triggered-At": "2026-03-15T10:00:00.123456789Z",
        "x-shopify-hmac-sha256": signature,
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in given.items()).encode() + b"\r\n" + body


def drop(settings, content: bytes | dict, name: str = "one.http"):
    file = inbox.folder(settings) / name
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return file


@pytest.mark.parametrize("topic", BODIES)
def test_each_mandatory_webhook_becomes_its_request(warehouse, topic):
    file = drop(warehouse, delivered(topic))
    assert take_in(warehouse, [Secret("other.myshopify.com", "x"), APP]) == Taken(taken=1)
    (one,) = requests(warehouse)
    assert (one.kind, one.via, one.due_rule) == (KINDS[topic], "shopify", "Shopify 30 days")
    assert (one.received_at.isoformat()[:10], one.due_at.isoformat()[:10]) == ("2026-03-15", "2026-04-14")
    assert not file.exists()


def test_a_webhook_delivered_again_is_one_request_also_when_it_is_done(warehouse):
    for _ in range(2):
        drop(warehouse, delivered("customers/redact"))
        drop(warehouse, delivered("customers/redact"), "again.http")
        take_in(warehouse, [APP])
        answer_open(warehouse)
    assert len(requests(warehouse)) == 1


BAD = {
    "another secret": delivered("customers/redact", secret="guessed"),
    "no signature": b"\r\n".join(
        head for head in delivered("customers/redact").split(b"\r\n") if b"hmac" not in head
    ),
    "a changed body": delivered("customers/redact").replace(ANN.encode(), BOB.encode()),
    "a changed topic": delivered(
        "customers/redact", body=json.dumps(BODIES["customers/data_request"]).encode()
    ),
    "a store's body under a person's topic": delivered(
        "customers/redact", body=json.dumps(BODIES["shop/redact"]).encode()
    ),
    "another topic": delivered("orders/create", body=json.dumps(BODIES["customers/redact"]).encode()),
    "no id": delivered("customers/redact", webhook_id=""),
    "a body that is no JSON": delivered("customers/redact", body=b"<html>"),
    "JSON too deep to read": delivered("customers/redact", body=b"[" * 100_000),
    "a customer who is a list": delivered(
        "customers/redact", body=json.dumps(BODIES["customers/redact"] | {"customer": [1]}).encode()
    ),
    "nothing": b"",
    "no headers": b"\x00\xff" * 1000,
    "larger than any webhook": delivered("customers/redact") + b" " * (2 << 20),
    "a shop whose name holds a NUL": delivered(
        "customers/redact", body=json.dumps(BODIES["customers/redact"] | {"shop_domain": "a\0b"}).encode()
    ),
}


@pytest.mark.parametrize("how", BAD)
def test_what_is_not_shopifys_word_is_set_aside_with_its_reason_and_does_nothing(warehouse, how):
    drop(warehouse, BAD[how])
    assert take_in(warehouse, [APP]) == Taken(set_aside=1)
    assert requests(warehouse) == []
    assert inbox.waiting(warehouse) == (0, 1)
    aside = inbox.folder(warehouse) / "set-aside"
    (why,) = aside.glob("*.why.txt")
    assert len(why.read_text()) > 10
    assert ANN not in why.read_text()
    (kept,) = aside.glob("*.http")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_without_a_secret_nothing_is_believed_and_the_command_line_leaves_webhooks_lying(warehouse):
    drop(warehouse, delivered("customers/redact"))
    assert take_in(warehouse, None) == Taken()
    assert inbox.waiting(warehouse) == (1, 0)
    assert take_in(warehouse, []) == Taken(set_aside=1)


def test_our_own_form_is_taken_once_and_again_when_it_is_another_wish(warehouse):
    wish = {"kind": "opt_out", "email": ANN, "received_at": "2026-03-01"}
    for name in ("a.json", "b.json"):
        drop(warehouse, wish, name)
    assert take_in(warehouse, None) == Taken(taken=2)
    with_reference = {"kind": "erasure", "source": "shopify", "vendor_id": "7", "reference": "ticket 12"}
    for _ in range(2):
        drop(warehouse, with_reference, "c.json")
        take_in(warehouse, None)
    assert [one.kind for one in requests(warehouse)].count("erasure") == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "store_erasure", "source": "shopify", "account": SHOP},
        {"kind": "erasure"},
        {"kind": "erasure", "email": ["a@b.c"]},
        {"kind": "erasure", "source": "myspace", "vendor_id": "7"},
        {"kind": "anything", "email": ANN},
        ["erasure"],
        {"kind": "erasure", "source": "shopify", "vendor_id": "7\0"},
        {"kind": "erasure", "source": "shopify", "vendor_id": "\ud800"},
        {"kind": "erasure", "source": "shopify", "vendor_id": "7", "account": "\0"},
        {"kind": "erasure", "email": ANN, "reference": "\ud800"},
        {"kind": "erasure", "email": ANN, "reference": "\0"},
        {"kind": "erasure", "email": ANN, "reference": "x" * 10_000},
    ],
)  # fmt: skip
def test_a_form_that_says_nothing_we_understand_is_set_aside(warehouse, wish):
    drop(warehouse, json.dumps(wish).encode(), "one.json")
    assert take_in(warehouse, [APP]) == Taken(set_aside=1)
    assert requests(warehouse) == []


def test_a_file_that_goes_wrong_in_a_way_nobody_foresaw_keeps_no_other_waiting(
    warehouse, monkeypatch, caplog
):
    for name in ("a.json", "b.json", "c" * 250 + ".json"):
        drop(warehouse, {"kind": "erasure", "email": ANN} if name == "b.json" else b"nothing", name)
    reads = Path.read_bytes

    def read(file):
        if file.name == "a.json":
            raise PermissionError(13, ANN)
        return reads(file)

    monkeypatch.setattr(Path, "read_bytes", read)
    assert take_in(warehouse, [APP]) == Taken(taken=1, set_aside=2)
    assert inbox.waiting(warehouse) == (0, 2)
    assert "PermissionError" in caplog.text
    assert ANN not in caplog.text


def test_what_can_neither_be_taken_nor_set_aside_stays_and_is_told_after_all_others_were_taken(
    warehouse, monkeypatch
):
    drop(warehouse, b"nothing", "a.json")
    drop(warehouse, {"kind": "erasure", "email": ANN}, "b.json")
    moves = os.replace

    def move(file, place):
        if "set-aside" in str(place):
            raise PermissionError
        moves(file, place)

    monkeypatch.setattr(os, "replace", move)
    with pytest.raises(Stop, match="1 of the privacy inbox's files"):
        take_in(warehouse, [APP])
    assert inbox.waiting(warehouse)[0] == 1
    assert len(requests(warehouse)) == 1


def test_a_warehouse_that_is_away_sets_nothing_aside(warehouse, monkeypatch):
    drop(warehouse, {"kind": "erasure", "email": ANN}, "a.json")
    monkeypatch.setattr(inbox, "take_request", lambda *args, **more: (_ for _ in ()).throw(Wait("away")))
    with pytest.raises(Wait):
        take_in(warehouse, [APP])
    assert inbox.waiting(warehouse) == (1, 0)


def test_a_link_or_a_half_written_file_is_left_alone(warehouse, tmp_path):
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps({"kind": "erasure", "email": ANN}))
    os.symlink(elsewhere, inbox.folder(warehouse) / "link.json")
    drop(warehouse, {"kind": "erasure", "email": ANN}, "one.json.part")
    assert take_in(warehouse, [APP]) == Taken()
    assert elsewhere.exists()


def test_a_redaction_takes_the_guest_orders_shopify_names_along(postgres, warehouse):
    shop(warehouse)
    guest = "gid://shopify/Order/299938"
    load(warehouse, [line(guest, {"id": guest, "customer_key": key_of(warehouse, "guest@example.com", "9")})])
    drop(warehouse, delivered("customers/redact"))
    take_in(warehouse, [APP])
    assert answer_open(warehouse) == 1
    load(warehouse, [line(guest, {"id": guest, "customer_key": key_of(warehouse, "guest@example.com", "9")})])
    text = everything(postgres, warehouse)
    assert ANN not in text
    assert key_of(warehouse, "guest@example.com", "9") not in text
    assert guest in text
    assert requests(warehouse, open_only=True) == []


def test_a_store_that_leaves_takes_its_people_along_and_nobody_elses(postgres, warehouse):
    here = {"account": SHOP}
    everybody = [
        person(warehouse, ANN, named("1"), **here),
        person(warehouse, BOB, named("2"), **here),
        person(warehouse, BOB, "01BOB", source="klaviyo", account="klaviyo", alias_key=None),
    ]
    records = [
        line(named(n), {"id": named(n), "customer_key": key_of(warehouse, email)})
        for n, email in (("1", ANN), ("2", BOB))
    ]
    load(warehouse, records, stream="customers", vault=everybody[:2], **here)
    load(warehouse, [], source="klaviyo", stream="profiles", vault=[everybody[2]], account="klaviyo")
    load(warehouse, [line("1", {"id": "1", "customer_key": key_of(warehouse, ANN)})], **here)
    load(
        warehouse,
        [line("2", {"id": "2", "customer_key": key_of(warehouse, BOB)})],
        account="other.myshopify.com",
    )
    drop(warehouse, delivered("shop/redact"))
    take_in(warehouse, [APP])
    assert answer_open(warehouse) == 1
    text = everything(postgres, warehouse)
    for trace in (ANN, key_of(warehouse, ANN), named("1"), named("2")):
        assert trace not in text
    assert BOB in text, "Klaviyo's own customer went, too"
    assert key_of(warehouse, BOB) in text, "the other store's order went, too"
