"""Tokens, versions, costs and throttling."""

import time
from types import SimpleNamespace

import pytest
import requests
from graphql import build_schema, parse

from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.faces.shopify.cost import Costing, weight
from tests.sandbox.storefront import TOKEN_PATH, Client
from tests.sandbox.tiny import served

SHOP = "{ shop { id } }"
DEAR = "{ orders(first: 250) { nodes { id lineItems(first: 50) { nodes { id variant { id } } } } } }"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    limits = Limits(scale=1, token_seconds=0.5)
    with served(tmp_path_factory.mktemp("shop"), "shopify", limits=limits) as running:
        yield Client(running)


def grant(client, **form):
    known = {"client_id": credentials.SHOPIFY_CLIENT_ID, "client_secret": credentials.SHOPIFY_CLIENT_SECRET}
    return requests.post(client.url + TOKEN_PATH, data=known | form, timeout=10)


def test_a_wrong_token_is_refused_in_shopifys_words(client):
    reply = Client(SimpleNamespace(url=client.url), "shpat_wrong").post(SHOP)
    assert reply.status_code == 401
    assert reply.json()["errors"].startswith("[API] Invalid API key or access token")


def test_client_credentials_give_a_token_that_expires(client):
    granted = grant(client, grant_type="client_credentials").json()
    holder = Client(SimpleNamespace(url=client.url), granted["access_token"])
    assert holder.post(SHOP).status_code == 200
    time.sleep(0.6)
    assert holder.post(SHOP).status_code == 401


def test_refresh_tokens_rotate_and_the_old_one_lasts_until_its_replacement_is_used(client):
    first = grant(client, grant_type="refresh_token", refresh_token=credentials.SHOPIFY_REFRESH_TOKEN).json()
    lost = grant(client, grant_type="refresh_token", refresh_token=credentials.SHOPIFY_REFRESH_TOKEN)
    assert lost.status_code == 200
    assert grant(client, grant_type="refresh_token", refresh_token=first["refresh_token"]).status_code == 400
    second = lost.json()
    third = grant(client, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert Client(SimpleNamespace(url=client.url), third.json()["access_token"]).post(SHOP).status_code == 200
    stale = grant(client, grant_type="refresh_token", refresh_token=credentials.SHOPIFY_REFRESH_TOKEN)
    assert stale.status_code == 400


@pytest.mark.parametrize(
    "form",
    [
        {"grant_type": "client_credentials", "client_secret": "wrong"},
        {"grant_type": "password"},
        {"grant_type": "refresh_token", "refresh_token": "wrong"},
    ],
    ids=["secret", "grant", "refresh token"],
)
def test_bad_grants_are_refused(client, form):
    assert grant(client, **form).status_code == 400


@pytest.mark.parametrize(("asked", "served_by"), [("2026-07", "2026-07"), ("2023-01", "2025-10")])
def test_an_unsupported_version_falls_forward_and_says_so(client, asked, served_by):
    url = f"{client.url}/shopify/admin/api/{asked}/graphql.json"
    reply = requests.post(
        url, json={"query": SHOP}, headers={"X-Shopify-Access-Token": client.token}, timeout=10
    )
    assert (reply.status_code, reply.headers["X-Shopify-API-Version"]) == (200, served_by)


def test_every_answer_tells_its_cost(client):
    time.sleep(0.2)
    cost = client.answer(SHOP)["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (1, 1)
    assert cost["throttleStatus"]["maximumAvailable"] == 2000
    assert cost["throttleStatus"]["restoreRate"] == 100


def test_the_unused_part_of_a_query_is_given_back(client):
    cost = client.answer("{ orders(first: 250) { nodes { id } } }")["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (12, 3)


def test_one_query_may_not_cost_more_than_a_thousand(client):
    query = "{ orders(first: 250) { nodes { id lineItems(first: 250) { nodes { id variant { id inventoryItem { id "
    query += "inventoryLevels(first: 50) { nodes { id } } } } } } } } }"
    answer = client.answer(query)
    assert answer["errors"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert "data" not in answer


def test_a_spent_bucket_throttles_at_200_without_data_and_refills(tmp_path):
    with served(tmp_path, "shopify", limits=Limits(scale=0.1)) as running:
        client = Client(running)
        answers = [client.answer(DEAR) for _ in range(3)]
        throttled = [answer for answer in answers if "errors" in answer]
        assert throttled
        told = throttled[0]
        assert told["errors"][0]["extensions"]["code"] == "THROTTLED"
        assert "data" not in told
        cost = told["extensions"]["cost"]
        assert cost["actualQueryCost"] is None
        assert cost["requestedQueryCost"] > cost["throttleStatus"]["currentlyAvailable"]


def test_a_drained_bucket_is_full_enough_after_the_wait_it_announces(tmp_path):
    with served(tmp_path, "shopify", limits=Limits(scale=0.1)) as running:
        client = Client(running)
        mutation = 'mutation { bulkOperationRunQuery(query: "{ shop { id } }") { userErrors { code } } }'
        answer = client.answer(mutation)
        while "errors" not in answer:
            answer = client.answer(mutation)
        cost = answer["extensions"]["cost"]
        status = cost["throttleStatus"]
        time.sleep((cost["requestedQueryCost"] - status["currentlyAvailable"]) / status["restoreRate"])
        assert "data" in client.answer(mutation)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ shop { colour } }", "undefinedField"),
        ("{ shop(x: 1) { id } }", "argumentNotAccepted"),
        ('{ orders(first: "one") { nodes { id } } }', "argumentLiteralsIncompatible"),
    ],
)
def test_bad_documents_are_errors_at_200(client, query, code):
    answer = client.answer(query)
    assert answer["errors"][0]["extensions"]["code"] == code
    assert "data" not in answer


def test_what_is_no_query_is_refused(client):
    headers = {"X-Shopify-Access-Token": client.token}
    url = f"{client.url}/shopify/admin/api/2026-07/graphql.json"
    assert requests.post(url, data="{", headers=headers, timeout=10).status_code == 400
    assert "Syntax Error" in client.answer("{ shop {")["errors"][0]["message"]


RECORDED = build_schema("""
type Query { product: Product, customers(first: Int): CustomerConnection!, customer: Customer }
type Product { id: ID!, variants(first: Int): VariantConnection! }
type VariantConnection { nodes: [Variant!]! }
type Variant { id: ID!, inventoryItem: Item! }
type Item { id: ID! }
type PageInfo { endCursor: String }
type Address { city: String }
type Profile { id: ID! }
type CustomerConnection { nodes: [Customer!]!, pageInfo: PageInfo! }
type Customer { id: ID!, defaultAddress: Address, profiles: [Profile!]! }
""")


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ product { variants(first: 250) { nodes { inventoryItem { id } } } } }", 25),
        ("{ customers(first: 5) { nodes { id defaultAddress { city } } pageInfo { endCursor } } }", 5),
        ("{ customer { id profiles { id } } }", 6),
    ],
)
def test_costs_are_those_real_shops_have_charged(query, cost):
    operation = parse(query).definitions[0]
    assert Costing(RECORDED, operation, {}, {}).requested() == cost


def test_larger_pages_are_cheaper_by_the_piece():
    assert [weight(size) for size in (0, 1, 2, 5, 10, 50, 250)] == [0, 1, 2, 4, 5, 8, 12]
