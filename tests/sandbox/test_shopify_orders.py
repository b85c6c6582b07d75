"""What the shop tells about an order, at the instant the sandbox has reached."""

import pytest

from tests.sandbox import storefront
from tests.sandbox.storefront import Client
from tests.sandbox.tiny import at, served

MONEY = "{ shopMoney { amount currencyCode } }"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with served(tmp_path_factory.mktemp("shop"), "shopify", of=storefront.world()) as running:
        yield Client(running)


@pytest.fixture(autouse=True)
def back_to_today(client):
    client.control("clock", now=None)


def amount(bag) -> str:
    return bag["shopMoney"]["amount"]


def test_money_adds_up_and_drops_needless_zeros(client):
    names = [
        "subtotalPriceSet",
        "totalDiscountsSet",
        "totalShippingPriceSet",
        "totalTaxSet",
        "totalPriceSet",
        "currentTotalPriceSet",
        "totalRefundedSet",
        "netPaymentSet",
    ]
    order = client.order(6001, " ".join(f"{name} {MONEY}" for name in names))
    assert {name: amount(order[name]) for name in names} == {
        "subtotalPriceSet": "41.0",
        "totalDiscountsSet": "3.0",
        "totalShippingPriceSet": "5.0",
        "totalTaxSet": "2.87",
        "totalPriceSet": "48.87",
        "currentTotalPriceSet": "31.75",
        "totalRefundedSet": "18.12",
        "netPaymentSet": "30.75",
    }


def test_code_discounts_of_a_line_have_to_be_asked_for(client):
    line = client.order(
        6001,
        f"lineItems(first: 1) {{ nodes {{ totalDiscountSet {MONEY} plain: discountedTotalSet {MONEY} "
        f"coded: discountedTotalSet(withCodeDiscounts: true) {MONEY} }} }}",
    )["lineItems"]["nodes"][0]
    assert (amount(line["totalDiscountSet"]), amount(line["plain"]), amount(line["coded"])) == (
        "0.0",
        "30.0",
        "27.0",
    )


def test_refunds_name_their_lines_and_how_goods_came_back(client):
    refunds = client.order(
        6001,
        f"""refunds {{ id createdAt totalRefundedSet {MONEY} refundLineItems(first: 9) {{ nodes {{
            quantity restockType restocked subtotalSet {MONEY} totalTaxSet {MONEY} lineItem {{ id sku }} }} }} }}""",
    )["refunds"]
    cancelled, broken = refunds
    assert cancelled["refundLineItems"]["nodes"][0]["restockType"] == "CANCEL"
    part = broken["refundLineItems"]["nodes"][0]
    assert (part["restockType"], part["restocked"], part["lineItem"]["sku"]) == ("NO_RESTOCK", False, "COF-1")
    assert (amount(broken["totalRefundedSet"]), amount(part["subtotalSet"])) == ("10.63", "9.0")


def test_quantities_fall_by_what_was_cancelled_and_returned(client):
    lines = client.order(6001, "lineItems(first: 5) { nodes { quantity currentQuantity } }")["lineItems"]
    assert lines["nodes"] == [
        {"quantity": 3, "currentQuantity": 2},
        {"quantity": 2, "currentQuantity": 1},
    ]


def test_a_deleted_product_leaves_the_line_its_sku_only(client):
    lines = client.order(
        6001, "lineItems(first: 5) { nodes { sku name isGiftCard variant { id } product { productType } } }"
    )
    assert lines["lineItems"]["nodes"][1] == {
        "sku": "TEA-1",
        "name": "Old tea",
        "isGiftCard": False,
        "variant": None,
        "product": None,
    }


def test_returns_are_open_until_they_are_closed(client):
    fields = """returnStatus returns(first: 5) { nodes { name status closedAt totalQuantity
        returnLineItems(first: 5) { nodes { __typename quantity
            ... on ReturnLineItem { returnReason fulfillmentLineItem { lineItem { id } } } } } } }"""
    order = client.order(6001, fields)
    closed, still_open = order["returns"]["nodes"]
    assert (order["returnStatus"], closed["status"], still_open["status"]) == (
        "IN_PROGRESS",
        "CLOSED",
        "OPEN",
    )
    assert (closed["closedAt"], still_open["closedAt"]) == ("2026-03-06T12:00:00Z", None)
    assert still_open["returnLineItems"]["nodes"] == [
        {
            "__typename": "ReturnLineItem",
            "quantity": 1,
            "returnReason": "WRONG_ITEM",
            "fulfillmentLineItem": {"lineItem": {"id": "gid://shopify/LineItem/60011"}},
        }
    ]


def test_statuses_follow_the_order_through_time(client):
    fields = "displayFinancialStatus displayFulfillmentStatus returnStatus updatedAt"

    def seen(moment) -> tuple:
        client.control("clock", now=moment.isoformat())
        return tuple(client.order(6001, fields).values())

    assert seen(at(2, 12, 30)) == ("PENDING", "UNFULFILLED", "NO_RETURN", "2026-03-02T12:00:00Z")
    assert seen(at(2, 14)) == ("PAID", "UNFULFILLED", "NO_RETURN", "2026-03-02T13:00:00Z")
    assert seen(at(2, 21))[0] == "PARTIALLY_REFUNDED"
    assert seen(at(3, 13)) == (
        "PARTIALLY_REFUNDED",
        "PARTIALLY_FULFILLED",
        "NO_RETURN",
        "2026-03-03T12:00:00Z",
    )
    assert seen(at(21))[2:] == ("RETURNED", "2026-03-20T12:00:00Z")


def test_a_void_order_was_never_paid(client):
    order = client.order(
        6002,
        f"displayFinancialStatus cancelReason cancelledAt customer {{ id }} tags totalRefundedSet {MONEY} "
        "lineItems(first: 3) { nodes { currentQuantity } } transactions { kind status }",
    )
    assert (order["displayFinancialStatus"], order["cancelReason"]) == ("VOIDED", "DECLINED")
    assert (order["customer"], order["tags"], amount(order["totalRefundedSet"])) == (None, [], "0.0")
    assert order["lineItems"]["nodes"] == [{"currentQuantity": 0}]
    assert [payment["kind"] for payment in order["transactions"]] == ["AUTHORIZATION", "VOID"]


def test_a_late_scan_moves_the_delivery_but_is_told_when_it_is_seen(client):
    fields = "updatedAt fulfillments(first: 5) { displayStatus deliveredAt updatedAt trackingInfo { company number } }"
    client.control("clock", now=at(5).isoformat())
    assert client.order(5001, fields)["fulfillments"][0]["displayStatus"] == "IN_TRANSIT"
    client.control("clock", now=None)
    order = client.order(5001, fields)
    assert order["updatedAt"] == "2026-03-09T12:00:00Z"
    assert order["fulfillments"] == [
        {
            "displayStatus": "DELIVERED",
            "deliveredAt": "2026-03-03T12:00:00Z",
            "updatedAt": "2026-03-09T12:00:00Z",
            "trackingInfo": [{"company": "UPS", "number": "1Z000000001"}],
        }
    ]


def test_the_promise_and_the_visit_are_on_the_order(client):
    order = client.order(
        6001,
        "tags discountCodes sourceName customerJourneySummary "
        "{ lastVisit { utmParameters { source medium campaign } } }",
    )
    assert (order["tags"], order["discountCodes"], order["sourceName"]) == (
        ["deliver-by:2026-03-06"],
        ["SPRING"],
        "web",
    )
    visit = order["customerJourneySummary"]["lastVisit"]
    assert visit["utmParameters"] == {"source": "google", "medium": "cpc", "campaign": "brand"}


def test_nodes_gives_null_for_what_is_not_there(client):
    ids = ["gid://shopify/Order/6001", "gid://shopify/Order/1", "gid://shopify/Customer/1", "nonsense"]
    found = client.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)["nodes"]
    assert [node and node["__typename"] for node in found] == ["Order", None, "Customer", None]
