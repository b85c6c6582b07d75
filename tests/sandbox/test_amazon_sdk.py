"""Amazon as the sandbox plays it, driven by the sellers' own client, python-amazon-sp-api."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sp_api.api import FinancesV20240619, Inventories, OrdersV20260101, Reports
from sp_api.auth import AccessTokenClient
from sp_api.auth.exceptions import AuthorizationError
from sp_api.base import Marketplaces
from sp_api.base.exceptions import (
    SellingApiBadRequestException,
    SellingApiForbiddenException,
    SellingApiRequestThrottledException,
)

from include.sandbox import credentials
from include.sandbox.server import Running
from tests.sandbox import seller, tiny
from tests.sandbox.tiny import at, served, strict

CREDENTIALS = {
    "refresh_token": credentials.AMAZON_REFRESH_TOKEN,
    "lwa_app_id": credentials.AMAZON_CLIENT_ID,
    "lwa_client_secret": credentials.AMAZON_CLIENT_SECRET,
}
EVERYTHING = ["PROCEEDS", "FULFILLMENT", "PACKAGES", "CANCELLATION", "RECIPIENT", "BUYER"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("amazon"), "amazon", of=seller.world()) as running:
        yield running


@pytest.fixture(autouse=True)
def _own_tokens(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The client keeps tokens for the whole process, also those of a sandbox that is gone."""
    monkeypatch.setattr("sp_api.auth.access_token_client.cache", {})
    yield
    while OPENED:
        made = OPENED.pop()
        made.close()
        made._auth._transport.close()


OPENED: list = []


def client(kind: type, running: Running, given: dict[str, str] | None = None):
    """The client redirected to the sandbox; it sends `27.0.0.1:port` as Host and parameters nobody asked for."""
    address = running.url.removeprefix("http://")
    tokens = type("Tokens", (AccessTokenClient,), {"scheme": "http://", "host": address})
    tokens.path = "/amazon-auth/o2/token"
    made = kind(marketplace=Marketplaces.US, credentials=given or CREDENTIALS, auth_token_client_class=tokens)
    made.endpoint = f"{running.url}/amazon"
    OPENED.append(made)
    return made


def test_orders_are_paged_to_the_end_each_once(running: Running):
    orders = client(OrdersV20260101, running)
    page = orders.search_orders(createdAfter=at(-5).isoformat(), maxResultsPerPage=2)
    numbers = [order["orderId"] for order in page.payload["orders"]]
    while page.pagination:
        token = page.pagination["nextToken"]
        page = orders.search_orders(
            createdAfter=at(-5).isoformat(), maxResultsPerPage=2, paginationToken=token
        )
        numbers += [order["orderId"] for order in page.payload["orders"]]
    assert numbers == [seller.number(n) for n in (1, 3, 2, 6, 4, 5)]  # as they were made
    assert "proceeds" not in page.payload["orders"][0]


def test_orders_can_be_told_by_state_and_by_whom(running: Running):
    orders = client(OrdersV20260101, running)

    def found(**more) -> set[str]:
        answer = orders.search_orders(lastUpdatedAfter=at(-5).isoformat(), **more)
        return {order["orderId"] for order in answer.payload["orders"]}

    assert found(fulfillmentStatuses=["CANCELLED"]) == {seller.number(3), seller.number(4)}
    assert found(fulfilledBy=["MERCHANT"], fulfillmentStatuses=["SHIPPED"]) == {seller.number(2)}
    assert found(marketplaceIds=["A1F83G8C2ARO7P"]) == set()


def test_an_order_tells_its_money_in_decimal_strings(running: Running):
    order = client(OrdersV20260101, running).get_order(seller.number(1), includedData=EVERYTHING)
    told = order.payload["order"]
    assert told["proceeds"]["grandTotal"] == {"amount": "45.61", "currencyCode": "USD"}
    first = told["orderItems"][0]["proceeds"]["breakdowns"]
    assert {part["type"]: part["subtotal"]["amount"] for part in first} == {
        "ITEM": "25.98",
        "SHIPPING": "4.99",
        "TAX": "1.74",
        "DISCOUNT": "-1.00",
    }
    assert "packages" not in told  # Amazon ships it


def test_the_merchants_own_parcels_come_with_their_state(running: Running):
    order = client(OrdersV20260101, running).get_order(seller.number(2), includedData=EVERYTHING)
    (package,) = order.payload["order"]["packages"]
    assert package["packageStatus"]["status"] == "DELIVERED"
    assert package["trackingNumber"] == "1Z000000901"
    assert order.payload["order"]["lastUpdatedTime"] == "2026-03-06T12:00:00Z"


def test_no_buyer_is_named_to_an_application_without_the_role(running: Running):
    told = client(OrdersV20260101, running).get_order(seller.number(1), includedData=EVERYTHING).payload
    assert told["order"]["buyer"] == {}
    assert set(told["order"]["recipient"]["deliveryAddress"]) == {
        "city",
        "stateOrRegion",
        "countryCode",
        "addressType",
    }


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({}, id="no start"),
        pytest.param({"createdAfter": "2026-03-01", "lastUpdatedAfter": "2026-03-01"}, id="both starts"),
        pytest.param({"createdAfter": "2026-03-01", "lastUpdatedBefore": "2026-03-02"}, id="mixed"),
        pytest.param({"createdAfter": "2026-03-05", "createdBefore": "2026-03-02"}, id="backwards"),
        pytest.param({"createdAfter": "2026-03-01", "createdBefore": "2126-03-02"}, id="in the future"),
        pytest.param({"createdAfter": "2026-03-01", "maxResultsPerPage": 101}, id="too many"),
        pytest.param({"createdAfter": "2026-03-01", "paginationToken": "nonsense"}, id="token"),
    ],
)
def test_senseless_questions_are_refused(running: Running, asked: dict):
    with pytest.raises(SellingApiBadRequestException, match="InvalidInput"):
        client(OrdersV20260101, running).search_orders(**asked)


def test_stock_is_told_in_pages_and_inbound_units_are_no_change(running: Running, monkeypatch):
    monkeypatch.setattr("include.sandbox.faces.amazon.inventory.PAGE_SIZE", 1)
    stock = client(Inventories, running)
    page = stock.get_inventory_summary_marketplace(details=True)
    summaries = page.payload["inventorySummaries"]
    while page.pagination:
        token = page.pagination["nextToken"]
        page = stock.get_inventory_summary_marketplace(details=True, nextToken=token)
        summaries += page.payload["inventorySummaries"]
    coffee = next(one for one in summaries if one["sellerSku"] == seller.COFFEE)
    details = coffee["inventoryDetails"]
    assert details["fulfillableQuantity"] == 50 - 2 + 1 - 3
    assert details["reservedQuantity"]["pendingCustomerOrderQuantity"] == 3
    assert details["inboundShippedQuantity"] == 30
    assert coffee["lastUpdatedTime"] == "2026-03-07T12:00:00Z"
    since = stock.get_inventory_summary_marketplace(startDateTime=at(8, 1).isoformat())
    assert [one["sellerSku"] for one in since.payload["inventorySummaries"]] == [seller.KIT]


def test_an_inventory_token_dies_after_thirty_seconds(running: Running, monkeypatch):
    monkeypatch.setattr("include.sandbox.faces.amazon.inventory.PAGE_SIZE", 1)
    monkeypatch.setattr("include.sandbox.faces.amazon.inventory.TOKEN_SECONDS", -1)
    stock = client(Inventories, running)
    token = stock.get_inventory_summary_marketplace().pagination["nextToken"]
    with pytest.raises(SellingApiBadRequestException, match="expired"):
        stock.get_inventory_summary_marketplace(nextToken=token)


def test_a_report_is_asked_for_waited_for_and_fetched(running: Running):
    reports = client(Reports, running)
    asked = {"dataStartTime": at(1).isoformat(), "dataEndTime": at(9).isoformat()}
    kind = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
    number = reports.create_report(reportType=kind, **asked).payload["reportId"]
    states = [reports.get_report(number).payload for _ in range(3)]
    assert [state["processingStatus"] for state in states] == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    document = reports.get_report_document(
        states[-1]["reportDocumentId"], download=True, character_code="windows-1252"
    )
    header, row, *none = document.payload["document"].splitlines()
    told = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert told["order-id"] == seller.number(1)
    assert (told["detailed-disposition"], told["product-name"]) == ("SELLABLE", "Coffee – Crème brûlée")
    assert not none


def test_a_report_without_data_is_cancelled(running: Running):
    reports = client(Reports, running)
    asked = {"dataStartTime": at(-9).isoformat(), "dataEndTime": at(-8).isoformat()}
    number = reports.create_report(reportType="GET_SELLER_FEEDBACK_DATA", **asked).payload["reportId"]
    states = [reports.get_report(number).payload["processingStatus"] for _ in range(3)]
    assert states[-1] == "CANCELLED"


def test_movements_come_as_numbers_with_empty_pages_between(running: Running, monkeypatch):
    monkeypatch.setattr("include.sandbox.faces.amazon.finances.PAGE_SIZE", 1)
    monkeypatch.setattr("include.sandbox.faces.amazon.finances.EMPTY_EVERY", 2)
    money = client(FinancesV20240619, running)
    sizes, told, token = [], [], None
    march = {"postedAfter": at(-5).isoformat(), "postedBefore": at(20).isoformat()}
    while True:
        more = {"nextToken": token} if token else {}
        payload = money.list_transactions(**march, **more).payload
        sizes.append(len(payload["transactions"]))
        told += payload["transactions"]
        token = payload.get("nextToken")
        if not token:
            break
    assert sizes[:4] == [1, 0, 1, 0]
    first = {one["transactionId"]: one for one in told}
    assert len(first) == len(told)
    shipped = first[f"shipment-{seller.number(1)}"]
    assert shipped["transactionStatus"] == "DEFERRED_RELEASED"
    assert shipped["totalAmount"]["currencyAmount"] == pytest.approx(25.98 - 1 + 4.99 + 12.99 - 2 * 5.81)
    released = first[f"release-{seller.number(1)}"]
    assert released["totalAmount"] == shipped["totalAmount"]


def test_nothing_of_the_last_two_days_is_told_and_nothing_of_a_range_too_long(running: Running):
    money = client(FinancesV20240619, running)
    everything = money.list_transactions(postedAfter=at(-60).isoformat(), postedBefore=at(20).isoformat())
    kinds = {one["transactionId"] for one in everything.payload["transactions"]}
    assert f"shipment-{seller.number(6)}" in kinds
    running.sandbox.clock.set(at(8, 12))
    lagging = money.list_transactions(postedAfter=at(-60).isoformat(), postedBefore=at(20).isoformat())
    assert not any("0000006" in one["transactionId"] for one in lagging.payload["transactions"])
    running.sandbox.clock.set(None)
    year = money.list_transactions(
        postedAfter=(at(1) - timedelta(days=200)).isoformat(), postedBefore=at(9).isoformat()
    )
    assert year.payload["transactions"] == []


def test_who_asks_too_often_is_told_so_without_retry_after(tmp_path):
    with served(tmp_path, "amazon", of=seller.world(), limits=strict()) as running:
        orders = client(OrdersV20260101, running)
        first = orders.search_orders(createdAfter=at(1).isoformat())
        assert first.headers["x-amzn-RateLimit-Limit"] == "0.00056"
        orders.search_orders(createdAfter=at(1).isoformat())
        with pytest.raises(SellingApiRequestThrottledException, match="QuotaExceeded") as refused:
            orders.search_orders(createdAfter=at(1).isoformat())
        assert "retry-after" not in {name.lower() for name in refused.value.headers}
        assert refused.value.headers["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        ("refresh_token", "invalid_grant"),
        ("lwa_app_id", "invalid_client"),
        ("lwa_client_secret", "invalid_client"),
    ],
)
def test_wrong_credentials_are_refused_as_oauth_does(running: Running, lost: str, said: str):
    orders = client(OrdersV20260101, running, {**CREDENTIALS, lost: "other"})
    with pytest.raises(AuthorizationError) as refused:
        orders.search_orders(createdAfter=at(1).isoformat())
    assert refused.value.error_code == said


def test_a_token_of_somebody_else_is_forbidden(running: Running):
    orders = client(OrdersV20260101, running)
    orders.restricted_data_token = "Atza|other"
    with pytest.raises(SellingApiForbiddenException, match="Unauthorized"):
        orders.search_orders(createdAfter=at(1).isoformat())


def test_a_company_that_does_not_sell_there_has_no_account(tmp_path):
    from include.sandbox.faces import amazon

    with served(tmp_path, "amazon", of=tiny.world()) as running:
        assert amazon.connections(running.sandbox) == []
        assert client(OrdersV20260101, running).search_orders(createdAfter=at(1).isoformat()).payload == {
            "orders": []
        }
