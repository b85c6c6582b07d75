"""Amazon as the sandbox plays it, held against Amazon's own specifications by Prism."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.faces import amazon as amazon_face
from include.sandbox.server import Running, open_sandbox, serving
from include.sources import REGISTRY
from include.sources.base import Account
from include.window import Window
from tests.sandbox import seller
from tests.sandbox.prism import prism, spec, together, violations
from tests.sandbox.tiny import served
from tests.sandbox.worlds import TODAY, night_world

SPECIFICATIONS = ("orders_2026-01-01", "fbaInventory", "reports_2021-06-30", "finances_2024-06-19")
DATASETS = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
STOCK = {"granularityType": "Marketplace", "granularityId": seller.US, "marketplaceIds": seller.US}
ORDERS, MONEY = "/orders/2026-01-01/orders", "/finances/2024-06-19/transactions"
SUMMARIES, REPORTS = "/fba/inventory/v1/summaries", "/reports/2021-06-30/reports"
MARCH = {"postedAfter": "2026-02-01T00:00:00Z", "postedBefore": "2026-04-01T00:00:00Z"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with served(
        tmp_path_factory.mktemp("amazon"), "amazon", of=seller.world(), limits=Limits(scale=5)
    ) as running:
        yield running


@pytest.fixture(scope="module")
def watched(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The face's address behind Prism."""
    whole = together(
        tmp_path_factory.mktemp("spec") / "amazon.json",
        *(spec("amazon-sp-api", name) for name in SPECIFICATIONS),
    )
    with prism(whole, f"{running.url}/amazon") as url:
        yield url


@pytest.fixture(scope="module")
def token(running: Running) -> str:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials.AMAZON_REFRESH_TOKEN,
        "client_id": credentials.AMAZON_CLIENT_ID,
        "client_secret": credentials.AMAZON_CLIENT_SECRET,
    }
    granted = requests.post(f"{running.url}/amazon-auth/o2/token", data=form, timeout=10)
    return granted.json()["access_token"]


def ask(url: str, token: str, path: str, status: int = 200, method: str = "GET", **more) -> dict:
    """The answer that Prism has let pass."""
    headers = {"x-amz-access-token": token}
    answer = requests.request(method, url + path, headers=headers, timeout=30, **more)
    assert violations(answer) == []
    assert answer.status_code == status
    assert answer.headers["x-amzn-RequestId"]
    assert ("x-amzn-RateLimit-Limit" in answer.headers) == (status < 300)
    return answer.json()


def test_orders_conform_with_and_without_every_dataset(watched: str, token: str):
    asked = {"createdAfter": "2026-02-01T00:00:00Z", "maxResultsPerPage": 4}
    assert len(ask(watched, token, ORDERS, params=asked)["orders"]) == 4
    page = ask(watched, token, ORDERS, params={**asked, "includedData": DATASETS})
    more = {"paginationToken": page["pagination"]["nextToken"], "includedData": DATASETS}
    assert len(ask(watched, token, ORDERS, params={**asked, **more})["orders"]) == 2
    for n in (1, 2, 4):
        ask(watched, token, f"{ORDERS}/{seller.number(n)}", params={"includedData": DATASETS})


def test_what_an_application_with_the_role_is_told_conforms_too(watched: str, token: str, running: Running):
    running.sandbox.state.put("amazon_role", "restricted", True)
    told = ask(watched, token, f"{ORDERS}/{seller.number(1)}", params={"includedData": DATASETS})
    assert told["order"]["recipient"]["deliveryAddress"]["name"]
    running.sandbox.state.clear("amazon_role")


def test_stock_and_movements_conform(watched: str, token: str):
    for details in ("true", "false"):
        ask(watched, token, SUMMARIES, params={**STOCK, "details": details})
    assert len(ask(watched, token, MONEY, params=MARCH)["payload"]["transactions"]) > 5


def test_reports_conform_from_the_queue_to_the_document(watched: str, token: str):
    kind = "GET_SELLER_FEEDBACK_DATA"
    span = {"dataStartTime": "2026-03-01T00:00:00Z", "dataEndTime": "2026-03-10T00:00:00Z"}
    body = {"reportType": kind, "marketplaceIds": [seller.US], **span}
    number = ask(watched, token, REPORTS, 202, "POST", json=body)["reportId"]
    for _ in range(3):
        report = ask(watched, token, f"{REPORTS}/{number}")
    path = f"/reports/2021-06-30/documents/{report['reportDocumentId']}"
    assert ask(watched, token, path)["compressionAlgorithm"] == "GZIP"


def test_refusals_conform(watched: str, token: str):
    both = {"createdAfter": "2026-02-01T00:00:00Z", "lastUpdatedAfter": "2026-02-01T00:00:00Z"}
    assert ask(watched, token, ORDERS, 400, params=both)["errors"][0]["code"] == "InvalidInput"
    ask(watched, token, f"{ORDERS}/{seller.number(99)}", 404)
    ask(watched, token, MONEY, 400)
    ask(watched, token, f"{REPORTS}/123", 404)
    ask(watched, "Atza|other", SUMMARIES, 403, params=STOCK)


def test_a_quota_used_up_conforms(watched: str, token: str):
    asked = {"headers": {"x-amz-access-token": token}, "params": STOCK, "timeout": 30}
    answers = [requests.get(watched + SUMMARIES, **asked) for _ in range(60)]
    limited = [answer for answer in answers if answer.status_code == 429]
    assert limited
    assert [answer for answer in answers if violations(answer)] == []
    assert limited[0].json()["errors"][0]["code"] == "QuotaExceeded"
    assert "x-amzn-RateLimit-Limit" not in limited[0].headers


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """Three months of a simulated company's sales there, behind Prism."""
    home = tmp_path_factory.mktemp("busy")
    sandbox = open_sandbox(night_world(), home, TODAY)
    whole = together(home / "amazon.json", *(spec("amazon-sp-api", name) for name in SPECIFICATIONS))
    with serving(sandbox, vendors=["amazon"]) as running, prism(whole, f"{running.url}/amazon") as url:
        yield running, url


@pytest.mark.parametrize("stream", ["orders", "transactions", "inventory"])
def test_all_that_a_company_sells_conforms_and_so_do_our_own_questions(
    busy: tuple[Running, str], stream: str
):
    running, url = busy
    (connection,) = amazon_face.connections(running.sandbox)
    extra = dict(connection.extra)
    name, given = extra.pop("account"), extra.pop("credentials")
    extra["token_url"] = extra["token_url"].format(url=running.url)
    amazon, now = REGISTRY["amazon"], running.sandbox.clock.now()
    with amazon.opened(Account("amazon", name, url, given, extra)) as client:
        pages = list(amazon.stream(stream).pull(client, Window(now - timedelta(days=100), now)))
    records = sum(len(page.records) for page in pages)
    market = running.sandbox.world.marketplace
    assert market is not None
    if stream == "orders":
        assert records == sum(order.created_at < now for order in market.orders)
    assert records > (20 if stream == "inventory" else 100)


def test_prism_finds_a_face_that_breaks_the_specification(watched: str, token: str, monkeypatch):
    """Who never barks may be asleep."""
    monkeypatch.setattr(
        "include.sandbox.faces.amazon.order_datasets.decimal", lambda minor, currency: minor / 100
    )
    asked = {"headers": {"x-amz-access-token": token}, "params": {"createdAfter": "2026-02-01T00:00:00Z"}}
    found = violations(requests.get(watched + ORDERS, timeout=30, **asked))
    assert any("unitPrice.amount" in one and "must be string" in one for one in found)
