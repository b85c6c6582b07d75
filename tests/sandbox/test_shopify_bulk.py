"""Bulk operations from start to file."""

import json
import time
from collections import Counter
from dataclasses import replace

import pytest
import requests

from include.sandbox.faces.shopify import bulk
from include.sandbox.faces.shopify.bulk import KIND
from tests.sandbox import storefront, tiny
from tests.sandbox.storefront import Client
from tests.sandbox.tiny import at, served

RUN = """mutation($query: String!, $group: Boolean!) { bulkOperationRunQuery(query: $query, groupObjects: $group) {
    bulkOperation { id status } userErrors { field message code } } }"""
POLL = """query($id: ID!) { bulkOperation(id: $id) {
    status errorCode objectCount rootObjectCount fileSize url completedAt } }"""
ORDERS = """{ orders { nodes { id name totalPriceSet { shopMoney { amount } } refunds { id }
    lineItems { nodes { id sku } } returns { nodes { id status } } } } }"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    world = storefront.world()
    many = [tiny.order(20_000 + number, at(2), []) for number in range(300)]
    with served(
        tmp_path_factory.mktemp("shop"), "shopify", of=replace(world, orders=world.orders + many)
    ) as running:
        yield Client(running)


def start(client, query, group=True):
    return client.data(RUN, query=query, group=group)["bulkOperationRunQuery"]


def finish(client, begun):
    for _ in range(200):
        state = client.data(POLL, id=begun["bulkOperation"]["id"])["bulkOperation"]
        if state["status"] not in ("CREATED", "RUNNING"):
            return state
        time.sleep(0.02)
    raise AssertionError("the bulk operation does not end")


def rows(state):
    reply = requests.get(state["url"], timeout=10)
    assert len(reply.content) == int(state["fileSize"])
    return [json.loads(line) for line in reply.text.splitlines()]


def test_an_operation_is_created_runs_and_leaves_a_file(client):
    begun = start(client, ORDERS)
    assert (begun["bulkOperation"]["status"], begun["userErrors"]) == ("CREATED", [])
    state = finish(client, begun)
    assert (state["status"], state["errorCode"], state["rootObjectCount"]) == ("COMPLETED", None, "306")
    found = rows(state)
    assert len(found) == int(state["objectCount"])
    kinds = Counter(row["id"].split("/")[3] for row in found)
    assert kinds == {"Order": 306, "LineItem": 307, "Return": 2}


def test_grouped_children_follow_their_parent(client):
    parent = None
    for row in rows(finish(client, start(client, ORDERS))):
        if "__parentId" in row:
            assert row["__parentId"] == parent
        else:
            parent = row["id"]


def test_ungrouped_children_are_somewhere_below(client):
    grouped = rows(finish(client, start(client, ORDERS)))
    loose = rows(finish(client, start(client, ORDERS, group=False)))
    assert sorted(map(json.dumps, grouped)) == sorted(map(json.dumps, loose))
    places = [place for place, row in enumerate(loose) if row["id"] == "gid://shopify/Order/6001"]
    children = [
        place for place, row in enumerate(loose) if row.get("__parentId") == "gid://shopify/Order/6001"
    ]
    assert children[0] > places[0] + 1
    assert children[1] > children[0] + 1


def test_bulk_and_single_queries_tell_the_same(client):
    fields = """id name tags updatedAt displayFulfillmentStatus customer { id defaultEmailAddress { emailAddress } }
        fulfillments { id displayStatus trackingInfo { number } } transactions { kind amountSet { shopMoney { amount } } }
        refunds { totalRefundedSet { shopMoney { amount currencyCode } } }"""
    bulk_rows = rows(finish(client, start(client, f"{{ orders {{ nodes {{ {fields} }} }} }}")))
    single = client.data(f"{{ orders(first: 40) {{ nodes {{ {fields} }} }} }}")["orders"]["nodes"]
    by_id = {row["id"]: row for row in bulk_rows}
    assert [by_id[node["id"]] for node in single] == single


def test_a_bulk_query_may_search(client):
    query = "{ orders(query: \"updated_at:>='2026-03-05T00:00:00Z' AND id:6001\") { nodes { id } } }"
    assert rows(finish(client, start(client, query))) == [{"id": "gid://shopify/Order/6001"}]


def test_nested_connections_of_stock(client):
    query = """{ inventoryItems { nodes { id sku inventoryLevels { nodes { id location { id }
        quantities(names: ["on_hand"]) { name quantity } } } } } }"""
    item, *levels = rows(finish(client, start(client, query)))
    assert item == {"id": "gid://shopify/InventoryItem/301", "sku": "COF-1"}
    assert [level["quantities"][0]["quantity"] for level in levels] == [54, 5]


def test_nothing_found_is_completed_without_a_file(client):
    state = finish(client, start(client, '{ orders(query: "id:1") { nodes { id } } }'))
    assert (state["status"], state["url"], state["objectCount"]) == ("COMPLETED", None, "0")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ shop { id } }", "at least one connection"),
        ("{ orders { nodes { refunds { refundLineItems { nodes { id } } } } } }", "within a list field"),
        (
            "{ orders { nodes { returns { nodes { returnLineItems { nodes { id } } } } } } }",
            "nesting depth greater than 2",
        ),
        (
            "{ a: orders { nodes { id } } b: orders { nodes { id } } c: orders { nodes { id } } "
            "d: orders { nodes { id } } e: orders { nodes { id } } f: orders { nodes { id } } }",
            "more than 5 connections",
        ),
        ("{ orders { nodes { colour } } }", "Cannot query field 'colour'"),
        ("{ orders {", "Invalid bulk query"),
        ('{ node(id: "gid://shopify/Order/1") { id } orders { nodes { id } } }', "top level"),
    ],
    ids=["no connection", "in a list", "too deep", "too many", "unknown field", "syntax", "node"],
)
def test_the_rules_of_bulk_queries(client, query, reason):
    refused = start(client, query)
    assert refused["bulkOperation"] is None
    assert refused["userErrors"][0]["code"] == "INVALID"
    assert reason in refused["userErrors"][0]["message"]


def test_a_sixth_operation_at_once_is_refused(tmp_path):
    with served(tmp_path, "shopify") as running:
        client = Client(running)
        for number in range(1, 6):
            occupy(running, number)
        refused = start(client, ORDERS)
        assert refused["bulkOperation"] is None
        assert refused["userErrors"][0]["code"] == "OPERATION_IN_PROGRESS"
        running.sandbox.state.delete(KIND, "gid://shopify/BulkOperation/3")
        assert finish(client, start(client, ORDERS))["status"] == "COMPLETED"


def occupy(running, number):
    """Leave an operation running for ever, as if the process had died in the middle of it."""
    key = f"gid://shopify/BulkOperation/{number}"
    state = {"id": key, "status": "RUNNING", "errorCode": None, "createdAt": "2026-03-10T04:00:00Z"}
    state |= {"completedAt": None, "objectCount": 0, "rootObjectCount": 0, "fileSize": None, "path": None}
    running.sandbox.state.put(KIND, key, state)


def test_an_unknown_operation_is_null(client):
    assert client.data(POLL, id="gid://shopify/BulkOperation/999")["bulkOperation"] is None


def test_results_outlive_a_restart_and_interrupted_operations_have_failed(tmp_path):
    with served(tmp_path, "shopify") as running:
        client = Client(running)
        done = start(client, "{ orders { nodes { id } } }")
        state = finish(client, done)
        occupy(running, 77)
    with served(tmp_path, "shopify") as running:
        client = Client(running)
        assert len(rows({**state, **finish(client, done)})) == 4
        assert (
            finish(client, {"bulkOperation": {"id": "gid://shopify/BulkOperation/77"}})["status"] == "FAILED"
        )


def test_stopping_the_sandbox_in_the_middle_fails_the_operation(tmp_path, monkeypatch):
    monkeypatch.setattr(bulk, "BEFORE_RUNNING", 30)
    with served(tmp_path, "shopify", of=storefront.world()) as running:
        begun = start(Client(running), ORDERS)
    with served(tmp_path, "shopify", of=storefront.world()) as running:
        state = finish(Client(running), begun)
        assert (state["status"], state["errorCode"], state["url"]) == (
            "FAILED",
            "INTERNAL_SERVER_ERROR",
            None,
        )
