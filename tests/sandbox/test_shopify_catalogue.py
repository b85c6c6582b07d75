"""Products, stock, customers and checkouts as the shop tells them."""

import pytest
import requests

from include.sandbox import truth
from include.sandbox.faces.shopify.shop import Shop
from tests.sandbox import storefront, tiny
from tests.sandbox.storefront import Client
from tests.sandbox.tiny import at, served

STOCK = """{ inventoryItems(first: 10) { nodes { sku unitCost { amount } inventoryLevels(first: 10) { nodes {
    location { id } quantities(names: ["available", "on_hand", "committed", "incoming"]) { name quantity }
} } } } }"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("shop"), "shopify", of=storefront.world()) as running:
        yield Client(running)


@pytest.fixture(autouse=True)
def back_to_today(client):
    client.control("clock", now=None)


def test_the_shop_names_its_zone_and_currency(client):
    shop = client.data("{ shop { id myshopifyDomain currencyCode ianaTimezone } }")["shop"]
    assert shop == {
        "id": "gid://shopify/Shop/1",
        "myshopifyDomain": "tiny.myshopify.com",
        "currencyCode": "USD",
        "ianaTimezone": "America/New_York",
    }


def test_deleted_and_future_products_are_not_listed(client):
    query = "{ products(first: 10) { nodes { title variants(first: 5) { nodes { sku } } } } }"
    today = client.data(query)["products"]["nodes"]
    assert today == [{"title": "Coffee", "variants": {"nodes": [{"sku": "COF-1"}]}}]
    client.control("clock", now=at(4).isoformat())
    assert [node["title"] for node in client.data(query)["products"]["nodes"]] == ["Coffee", "Old tea"]


def test_a_lowered_price_shows_the_old_one_and_moves_updated_at(client):
    query = "{ productVariants(first: 1) { nodes { price compareAtPrice updatedAt } } }"
    assert client.data(query)["productVariants"]["nodes"] == [
        {"price": "10.00", "compareAtPrice": "12.50", "updatedAt": "2026-03-06T12:00:00Z"}
    ]


def test_stock_follows_moves_waiting_orders_and_purchases(client):
    item = client.data(STOCK)["inventoryItems"]["nodes"][0]
    levels = {
        level["location"]["id"].rsplit("/", 1)[-1]: {
            quantity["name"]: quantity["quantity"] for quantity in level["quantities"]
        }
        for level in item["inventoryLevels"]["nodes"]
    }
    assert (item["sku"], item["unitCost"]) == ("COF-1", {"amount": "4.0"})
    assert levels == {
        "11": {"available": 53, "on_hand": 54, "committed": 1, "incoming": 14},
        "12": {"available": 1, "on_hand": 5, "committed": 4, "incoming": 0},
    }


@pytest.mark.parametrize("moment", [at(2), at(8, 12, 30), at(10), at(21)], ids=str)
def test_stock_agrees_with_the_oracle(moment):
    world = tiny.world()
    stock = Shop(world, moment).stock
    skus = {variant.id: variant.sku for variant in world.variants}
    codes = {location.id: location.code for location in world.locations}

    def named(counts):
        return {(skus[variant], codes[place]): units for (variant, place), units in counts.items() if units}

    assert named(stock.on_hand) == truth.on_hand(world, moment)
    assert named(stock.committed) == truth.reserved(world, moment)


def test_consent_is_a_state_and_for_ads_a_tag(client):
    query = """{ customers(first: 1) { nodes { tags numberOfOrders updatedAt amountSpent { amount }
        defaultEmailAddress { emailAddress marketingState marketingUpdatedAt }
        defaultPhoneNumber { marketingState } defaultAddress { countryCodeV2 provinceCode } } } }"""
    customer = client.data(query)["customers"]["nodes"][0]
    assert customer["tags"] == ["complaint-open", "consent-ads"]
    assert customer["defaultEmailAddress"] == {
        "emailAddress": "ann@example.com",
        "marketingState": "SUBSCRIBED",
        "marketingUpdatedAt": "2026-03-01T12:00:00Z",
    }
    assert customer["defaultPhoneNumber"]["marketingState"] == "NOT_SUBSCRIBED"
    assert (customer["numberOfOrders"], customer["updatedAt"]) == ("5", "2026-03-09T12:00:00Z")
    client.control("clock", now=at(21).isoformat())
    later = client.data(query)["customers"]["nodes"][0]
    assert (later["tags"], later["updatedAt"]) == ([], "2026-03-20T12:00:00Z")


def test_checkouts_are_abandoned_until_they_are_completed(client):
    query = """{ abandonedCheckouts(first: 9) { nodes { id completedAt updatedAt customer { id }
        totalPriceSet { shopMoney { amount } } lineItems(first: 9) { nodes { sku quantity } } } } }"""
    cart, guest = client.data(query)["abandonedCheckouts"]["nodes"]
    assert (cart["totalPriceSet"]["shopMoney"]["amount"], cart["updatedAt"]) == (
        "27.0",
        "2026-03-07T12:00:00Z",
    )
    assert cart["lineItems"]["nodes"] == [{"sku": "COF-1", "quantity": 2}, {"sku": "TEA-1", "quantity": 1}]
    assert (guest["customer"], guest["completedAt"]) == (None, None)
    client.control("clock", now=at(16).isoformat())
    assert client.data(query)["abandonedCheckouts"]["nodes"][1]["completedAt"] == "2026-03-15T12:00:00Z"


def test_locations_come_by_name(client):
    found = client.data("{ locations(first: 5) { nodes { name address { provinceCode } } } }")
    assert [node["name"] for node in found["locations"]["nodes"]] == [
        "CMH1 East warehouse",
        "RNO1 West warehouse",
    ]


def test_nothing_personal_is_at_the_control_routes(client):
    assert "ann@example.com" not in requests.get(f"{client.url}/_sandbox/health", timeout=10).text
