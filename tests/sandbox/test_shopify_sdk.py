"""Shopify's own SDK drives the sandbox shop end to end: the server was not shaped by our connector only."""

import json
import time
import urllib.request

import pytest
import shopify

from include.sandbox import credentials
from tests.sandbox import storefront
from tests.sandbox.tiny import served

PAGE = """query Orders($after: String) { orders(first: 2, after: $after, sortKey: UPDATED_AT) {
    nodes { id name lineItems(first: 5) { nodes { id sku } } } pageInfo { hasNextPage endCursor } } }"""
RUN = """mutation { bulkOperationRunQuery(query: "{ orders { nodes { id lineItems { nodes { id } } } } }",
    groupObjects: true) { bulkOperation { id status } userErrors { code } } }"""
POLL = "query Poll($id: ID!) { bulkOperation(id: $id) { status url objectCount } }"


@pytest.fixture
def sdk(tmp_path):
    with served(tmp_path, "shopify", of=storefront.world()) as running:
        shopify.ShopifyResource.set_site(f"{running.url}/shopify/admin/api/2026-07")
        shopify.ShopifyResource.headers = {"X-Shopify-Access-Token": credentials.SHOPIFY_TOKEN}
        yield shopify.GraphQL()
        shopify.ShopifyResource.clear_session()


def data(sdk, query, **options):
    answer = json.loads(sdk.execute(query, **options))
    assert "errors" not in answer, answer
    return answer["data"]


def test_the_sdk_pages_through_all_orders(sdk):
    names, after = [], None
    while True:
        found = data(sdk, PAGE, variables={"after": after}, operation_name="Orders")["orders"]
        names += [node["name"] for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
    assert sorted(names) == ["#5001", "#5002", "#5003", "#5004", "#6001", "#6002"]


def test_the_sdk_runs_a_bulk_operation_to_its_file(sdk):
    operation = data(sdk, RUN)["bulkOperationRunQuery"]["bulkOperation"]
    state = {"status": operation["status"]}
    while state["status"] in ("CREATED", "RUNNING"):
        time.sleep(0.02)
        state = data(sdk, POLL, variables={"id": operation["id"]})["bulkOperation"]
    with urllib.request.urlopen(state["url"]) as reply:
        rows = [json.loads(line) for line in reply]
    assert (state["status"], len(rows)) == ("COMPLETED", int(state["objectCount"]))
    assert sum("__parentId" in row for row in rows) == 7


def test_the_sdk_is_refused_with_a_wrong_token(sdk):
    sdk.headers = {"X-Shopify-Access-Token": "shpat_wrong"}
    with pytest.raises(urllib.error.HTTPError, match="401"):
        sdk.execute("{ shop { id } }")
