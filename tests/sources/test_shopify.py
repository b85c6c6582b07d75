"""Shopify, read from its sandbox face: in pages and in bulk, whole however deep."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from include.errors import FixCredentials, Stop, Wait
from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.sources import REGISTRY
from include.sources.base import Account
from include.sources.shopify import queries
from include.sources.shopify.client import connect
from include.window import Window
from tests.clients.faulty import Say, faulty
from tests.sandbox.tiny import at
from tests.sources.company import HISTORY, read, served

CONTRACT = Path(__file__).parents[3] / "shared/contracts/shopify/admin-2026-07.trimmed.graphql"
CUT_FROM_IT = "extend type LineItem { isGiftCard: Boolean! }"
"""Shopify's own since 2024-04: shopify.dev/changelog/field-isgiftcard-on-all-line-item-types"""
DOCUMENTS = {
    name: text
    for name, text in vars(queries).items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str) and "{" in text
}
STREAMS = ["shop", "locations", "products", "inventory_levels", "customers", "orders", "abandoned_checkouts"]


def test_every_query_is_valid_on_shopifys_own_schema():
    if not CONTRACT.exists():
        pytest.skip(f"Shopify's schema is not at {CONTRACT}: queries are NOT checked against it")
    from graphql import build_schema, parse, validate

    schema = build_schema(CONTRACT.read_text() + CUT_FROM_IT)
    for name, document in DOCUMENTS.items():
        text = document % '"updated_at:>2026"' if "%s" in document else document
        assert validate(schema, parse(text)) == [], name


def orders(lines: list) -> dict[str, dict]:
    return {payload["name"]: payload for payload in (json.loads(line.payload) for line in lines)}


def in_pages(company: Running, stream: str) -> list:
    """The history read as if it were twenty times three days."""
    lines = [
        line
        for window in HISTORY.tiles(timedelta(days=3))
        for line in read(company, "shopify", stream, window)
    ]
    return sorted(lines, key=lambda line: line.scope)


@pytest.mark.parametrize("stream", ["products", "customers", "orders", "abandoned_checkouts"])
def test_pages_and_bulk_bring_the_same_bytes(company: Running, stream: str):
    bulk = read(company, "shopify", stream)
    assert bulk
    assert in_pages(company, stream) == bulk


def test_a_huge_order_is_whole(company: Running):
    huge = orders(read(company, "shopify", "orders"))["#7001"]
    assert len({line["id"] for line in huge["lineItems"]["nodes"]}) == 65
    assert len({line["id"] for line in huge["refunds"][0]["refundLineItems"]["nodes"]}) == 57
    assert len(huge["returns"]["nodes"]) == 4
    assert {len(back["returnLineItems"]["nodes"]) for back in huge["returns"]["nodes"]} == {2}


def test_an_order_has_what_the_warehouse_reads(company: Running):
    rich = orders(read(company, "shopify", "orders"))["#6001"]
    assert len(rich["customer_key"]) == 32
    assert "customer" not in rich
    assert [refund["id"][-4:] for refund in rich["refunds"]] == ["9001", "9002"]
    assert rich["refunds"][1]["refundLineItems"]["nodes"][0]["restockType"] == "NO_RESTOCK"
    assert rich["refunds"][0]["refundLineItems"]["nodes"][0]["subtotalSet"]["shopMoney"]["amount"] == "7.0"
    assert rich["returns"]["nodes"][0]["returnLineItems"]["nodes"][0]["returnReason"] == "DEFECTIVE"
    assert rich["customerJourneySummary"]["lastVisit"]["utmParameters"]["campaign"] == "brand"
    assert "deliver-by:2026-03-06" in rich["tags"]
    voided = orders(read(company, "shopify", "orders"))["#6002"]
    assert (voided["customer_key"], voided["refunds"], voided["returns"]) == (None, [], {"nodes": []})


@pytest.mark.parametrize("stream", STREAMS)
def test_nothing_personal_comes_in(company: Running, stream: str):
    text = b"".join(line.json() for line in read(company, "shopify", stream))
    for canary in (b"ann@example.com", b"Ann", b"Lee", b"+14155550100", b"89501"):
        assert canary not in text


def test_stock_is_a_level_per_item_and_location(company: Running):
    levels = [json.loads(line.payload) for line in read(company, "shopify", "inventory_levels")]
    assert {level["item"]["sku"] for level in levels} >= {"COF-1"}
    assert {quantity["name"] for quantity in levels[0]["quantities"]} == {
        "available",
        "on_hand",
        "committed",
        "incoming",
    }


def test_a_window_holds_its_start_and_not_its_end(company: Running):
    moment = at(5)  # order #6002 was cancelled then, and not touched since
    hour = timedelta(hours=1)
    starts = {line.scope for line in read(company, "shopify", "orders", Window(moment, moment + hour))}
    ends = {line.scope for line in read(company, "shopify", "orders", Window(moment - hour, moment))}
    assert "gid://shopify/Order/6002" in starts
    assert "gid://shopify/Order/6002" not in ends


def test_a_token_that_expires_between_pages_is_renewed(tmp_path: Path):
    secrets = {"login": credentials.SHOPIFY_CLIENT_ID, "password": credentials.SHOPIFY_CLIENT_SECRET}
    with served(tmp_path, Limits(token_seconds=0.5)) as company:
        own = {"credentials": secrets}
        assert len(read(company, "shopify", "orders", **own)) == len(read(company, "shopify", "orders"))
        assert len(in_pages(company, "orders")) == len(read(company, "shopify", "orders", **own))


def test_a_narrow_budget_only_takes_longer(tmp_path: Path):
    recent = Window(at(6), at(9))
    with served(tmp_path / "wide") as company:
        wanted = read(company, "shopify", "orders", recent)
    with served(tmp_path / "narrow", Limits(scale=1.0)) as company:
        assert read(company, "shopify", "orders", recent) == wanted


@pytest.mark.parametrize("kind", ["429", "500", "html", "truncate", "reset"])
def test_a_stumbling_shop_is_read_all_the_same(tmp_path: Path, kind: str):
    with served(tmp_path) as company:
        wanted = read(company, "shopify", "products")
        fault = {"vendor": "shopify", "kind": kind, "times": 2}
        requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
        assert read(company, "shopify", "products") == wanted


def test_a_wrong_token_asks_for_a_person(company: Running):
    with pytest.raises(FixCredentials, match="renew") as failure:
        read(company, "shopify", "shop", credentials={"password": "shpat_canary"})
    assert "canary" not in str(failure.value)


@pytest.mark.parametrize("given", [{}, {"login": "id"}, {"password": "not-a-token"}])
def test_missing_credentials_say_what_to_enter(given: dict):
    with pytest.raises(FixCredentials, match="access token"):
        connect(Account("shopify", "tiny", "https://tiny.myshopify.com", given))


def bulk_answer(**state) -> list[Say]:
    operation = {"id": "gid://shopify/BulkOperation/1", "status": "CREATED"}
    known = {
        "status": "COMPLETED",
        "errorCode": None,
        "objectCount": "0",
        "rootObjectCount": "0",
        "url": None,
    }
    started = {"bulkOperationRunQuery": {"bulkOperation": operation, "userErrors": []}}
    return [
        Say.json({"data": started}),
        Say.json({"data": {"bulkOperation": {**operation, **known, **state}}}),
    ]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param(bulk_answer(status="FAILED", errorCode="TIMEOUT"), Wait, id="failed"),
        pytest.param(bulk_answer(status="FAILED", errorCode="ACCESS_DENIED"), FixCredentials, id="denied"),
        pytest.param(bulk_answer(status="CANCELED"), Wait, id="cancelled"),
        pytest.param(bulk_answer(status="EXPIRED"), Wait, id="expired"),
        pytest.param(bulk_answer(objectCount="3", rootObjectCount="3"), Wait, id="objects-missing"),
        pytest.param(bulk_answer(url="https://evil.example/result"), Stop, id="result-elsewhere"),
        pytest.param(bulk_answer(url="http://storage.googleapis.com/x"), Stop, id="result-unencrypted"),
        pytest.param(
            [*bulk_answer(url="/r", objectCount="1", rootObjectCount="1"), Say(b'{"id": "gid://shop')],
            Wait,
            id="cut-line",
        ),
        pytest.param(
            [
                *bulk_answer(url="/r"),
                Say(b'{"id":"gid://shopify/LineItem/1","__parentId":"gid://shopify/Order/9"}'),
            ],
            Stop,
            id="ungrouped",
        ),
    ],
)
def test_a_bulk_operation_that_is_not_whole_brings_nothing(answers: list[Say], error: type[Exception]):
    with faulty() as vendor:
        vendor.will(*answers)
        shop = connect(Account("shopify", "tiny", vendor.url, {"password": "shpat_x"}))
        from include.sources import REGISTRY

        with pytest.raises(error):
            list(REGISTRY["shopify"].stream("customers").pull(shop, HISTORY))


def test_pages_shrink_when_a_query_costs_too_much():
    too_much = Say.json({"errors": [{"message": "x", "extensions": {"code": "MAX_COST_EXCEEDED"}}]})
    page = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    cost = {"requestedQueryCost": 300, "throttleStatus": {"currentlyAvailable": 2000, "restoreRate": 100}}
    good = Say.json({"data": {"customers": page}, "extensions": {"cost": cost}})
    with faulty() as vendor:
        vendor.will(too_much, too_much, good, good)
        shop = connect(Account("shopify", "tiny", vendor.url, {"password": "shpat_x"}))
        for _ in range(2):
            list(shop.nodes(queries.CUSTOMERS, "customers", 100, search="x"))
        assert [asked.json()["variables"]["first"] for asked in vendor.asked] == [100, 50, 25, 75]


def test_a_text_that_holds_the_tags_name_is_no_consent():
    customer = {"tags": "no-consent-ads-please", "updatedAt": "2026-03-01T00:00:00Z"}
    (ads,) = REGISTRY["shopify"].stream("customers").person.consents(customer)
    assert (ads.purpose, ads.granted) == ("ads", False)
