"""EasyPost as the sandbox plays it, driven by EasyPost's own client."""

from datetime import timedelta

import easypost
import pytest
import requests

from include.sandbox import credentials
from include.sandbox.world.model import Marketplace, MarketplaceOrder
from tests.sandbox.tiny import NEVADA, at, order, parcel, served, strict, world


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with served(tmp_path_factory.mktemp("easypost"), "easypost") as running:
        yield running


@pytest.fixture
def client(running):
    running.sandbox.clock.set(None)
    return easypost.EasyPostClient(credentials.EASYPOST_API_KEY, api_base=f"{running.url}/easypost/v2")


def test_the_official_client_pages_to_the_end(client):
    page = client.tracker.all(page_size=1)
    codes = [tracker.tracking_code for tracker in page.trackers]
    while page.has_more:
        page = client.tracker.get_next_page(page, page_size=1)
        codes += [tracker.tracking_code for tracker in page.trackers]
    assert codes == ["1Z000000002", "1Z000000001"]


def test_the_official_client_reads_one_and_filters(client):
    tracker = client.tracker.retrieve(f"trk_{1:032x}")
    assert tracker.carrier_detail.service == "Ground"
    assert tracker.tracking_details[0].tracking_location.city == "Reno"
    assert [found.id for found in client.tracker.all(tracking_code="1Z000000001").trackers] == [tracker.id]
    assert client.tracker.all(carrier="USPS").trackers == []
    with pytest.raises(easypost.errors.NotFoundError):
        client.tracker.retrieve("trk_nobody")
    with pytest.raises(easypost.errors.InvalidRequestError):
        client.tracker.all(page_size=101)


def test_a_late_scan_appears_when_told_but_keeps_its_own_time(client, running):
    first = f"trk_{1:032x}"
    running.sandbox.clock.set(at(8))
    before = client.tracker.retrieve(first)
    assert (before.status, before.updated_at) == ("in_transit", "2026-03-02T12:00:00Z")
    assert before.carrier_detail.initial_delivery_attempt is None
    running.sandbox.clock.set(at(9))
    after = client.tracker.retrieve(first)
    assert (after.status, after.updated_at) == ("delivered", "2026-03-09T12:00:00Z")
    assert after.tracking_details[-1].datetime == "2026-03-03T12:00:00Z"
    assert after.carrier_detail.initial_delivery_attempt == "2026-03-03T12:00:00Z"
    assert after.finalized


def test_parcels_of_the_future_do_not_exist_yet(client, running):
    running.sandbox.clock.set(at(2))
    assert [tracker.id for tracker in client.tracker.all().trackers] == [f"trk_{1:032x}"]
    with pytest.raises(easypost.errors.NotFoundError):
        client.tracker.retrieve(f"trk_{2:032x}")


def test_without_dates_the_list_reaches_back_one_month_and_forward_one_from_a_start(client, running):
    running.sandbox.clock.set(at(50))
    assert len(client.tracker.all().trackers) == 1
    reach = client.tracker.all(start_datetime="2026-02-10T00:00:00Z")
    assert [tracker.tracking_code for tracker in reach.trackers] == ["1Z000000002", "1Z000000001"]
    window = {"start_datetime": "2026-02-10T00:00:00Z", "end_datetime": "2026-04-30T00:00:00Z"}
    assert len(client.tracker.all(**window).trackers) == 3


def test_after_id_gives_the_next_newer_ones(client, running):
    running.sandbox.clock.set(at(25))
    newer = client.tracker.all(after_id=f"trk_{1:032x}", page_size=1)
    assert [tracker.tracking_code for tracker in newer.trackers] == ["1Z000000002"]
    assert newer.has_more


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Authorization": "Bearer EZSANDBOX"}, 200, id="bearer"),
        pytest.param({"Authorization": "Bearer EZOTHER"}, 401, id="wrong"),
        pytest.param({}, 401, id="none"),
    ],
)
def test_who_may_ask(running, headers, status):
    answer = requests.get(f"{running.url}/easypost/v2/trackers", headers=headers, timeout=5)
    assert answer.status_code == status
    assert requests.get(
        f"{running.url}/easypost/v2/trackers", auth=(credentials.EASYPOST_API_KEY, ""), timeout=5
    ).ok


def test_the_list_is_limited_by_the_second(tmp_path):
    with served(tmp_path, "easypost", limits=strict()) as running:
        client = easypost.EasyPostClient(credentials.EASYPOST_API_KEY, api_base=f"{running.url}/easypost/v2")
        client.tracker.all(page_size=1)
        with pytest.raises(easypost.errors.RateLimitError):
            _ask_often(client)


def _ask_often(client: easypost.EasyPostClient) -> None:
    for _ in range(5):
        client.tracker.all(page_size=1)


def test_parcels_of_hundreds_of_orders_come_once_each_however_many_pages(tmp_path):
    company = world()
    company.orders = [
        order(number, at(-9), [parcel(number, at(-9) + timedelta(seconds=number), [], order_id=number)])
        for number in range(1, 251)
    ]
    with served(tmp_path, "easypost", of=company) as running:
        client = easypost.EasyPostClient(credentials.EASYPOST_API_KEY, api_base=f"{running.url}/easypost/v2")
        pages = [client.tracker.all(page_size=100)]
        while pages[-1].has_more:
            pages.append(client.tracker.get_next_page(pages[-1], page_size=100))
    seen = [tracker.id for page in pages for tracker in page.trackers]
    assert sorted(seen) == [f"trk_{number:032x}" for number in range(1, 251)]


def test_parcels_of_branches_and_of_the_marketplace_are_followed_too(tmp_path):
    company, branch = world(), world()
    branch.orders = [order(7001, at(1), [parcel(7, at(1), [], order_id=7001)])]
    sold = MarketplaceOrder("111-1", at(1), "MERCHANT", NEVADA, [], at(3), at(6))
    sold.parcels = [parcel(8, at(1, 13), [], order_id=1)]
    company.branches = [branch]
    company.marketplace = Marketplace("A2", "US", "Amazon", "UTC", "USD", [], [sold], [], [])
    with served(tmp_path, "easypost", of=company) as running:
        client = easypost.EasyPostClient(credentials.EASYPOST_API_KEY, api_base=f"{running.url}/easypost/v2")
        ours, theirs = (client.tracker.all(tracking_code=f"1Z{number:09d}").trackers for number in (7, 8))
    assert [tracker.carrier_detail.destination_location for tracker in (*ours, *theirs)] == [
        "RENO NV, US"
    ] * 2
