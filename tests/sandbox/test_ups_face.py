"""UPS as the sandbox plays it, held against UPS's own specification by Prism and against its own quirks."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faces.ups import STATUSES
from include.sandbox.server import Running
from include.sandbox.truth.rules import SEEDS
from include.sandbox.world.model import Marketplace, MarketplaceOrder, World
from tests.sandbox import tiny
from tests.sandbox.prism import prism, spec, violations
from tests.sandbox.tiny import NEVADA, at, order, parcel, scan, served

CLIENT = (credentials.UPS_CLIENT_ID, credentials.UPS_CLIENT_SECRET)
NAMED = {"transId": "1", "transactionSrc": "tests"}


def world() -> World:
    """The tiny company, a branch's parcel, a marketplace's parcel, FedEx's parcel, and one of long ago."""
    base = tiny.world()
    scans = [
        scan(at(2), "pre_transit"),
        scan(at(3, 7), "in_transit"),
        scan(at(4, 20), "delivered", seen=at(5)),
    ]
    other = parcel(6, at(2), [scan(at(2), "pre_transit")], order_id=5006, carrier="FedEx")
    branch = replace(base, orders=[order(7001, at(2), [parcel(7, at(2), scans, order_id=7001)])])
    listed = MarketplaceOrder(
        "111-1", at(1), "MERCHANT", NEVADA, [], at(3), at(6), parcels=[parcel(8, at(2), scans, order_id=1)]
    )
    marketplace = Marketplace("A2", "US", "Amazon", "UTC", "USD", [], [listed], [], [])
    old = parcel(9, at(-150), [scan(at(-150), "pre_transit")], order_id=5009)
    orders = [*base.orders, order(5006, at(2), [other]), order(5009, at(-150), [old])]
    return replace(base, orders=orders, branches=[branch], marketplace=marketplace)


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Running]:
    with served(tmp_path_factory.mktemp("ups"), "ups", of=world()) as running:
        yield running


def token(url: str, client: tuple[str, str] = CLIENT, grant: str = "client_credentials") -> requests.Response:
    return requests.post(f"{url}/security/v1/oauth/token", data={"grant_type": grant}, auth=client, timeout=5)


def details(
    url: str, number: str, headers: dict[str, str] = NAMED, signed: str | None = None
) -> requests.Response:
    bearer = {"Authorization": f"Bearer {signed}"} if signed else {}
    return requests.get(f"{url}/track/v1/details/{number}", headers={**headers, **bearer}, timeout=5)


def ask(running: Running, number: str, day: int = 10, **more: Any) -> requests.Response:
    running.sandbox.clock.set(at(day))
    signed = token(f"{running.url}/ups").json()["access_token"]
    return details(f"{running.url}/ups/api", number, signed=signed, **more)


def package(answer: requests.Response) -> dict[str, Any]:
    answer.raise_for_status()
    return answer.json()["trackResponse"]["shipment"][0]["package"][0]


@pytest.fixture(scope="module")
def checked(running: Running) -> Iterator[str]:
    """The tracking API with UPS's specification in front of it."""
    with prism(spec("ups", "Tracking", "yaml"), f"{running.url}/ups/api") as url:
        yield url


@pytest.mark.parametrize(
    "number", ["1Z000000001", "1Z000000002", "1Z000000007", "1Z999999999", "1Z000000009"]
)
def test_answers_are_what_the_vendors_specification_allows(running: Running, checked: str, number: str):
    running.sandbox.clock.set(at(10))
    signed = token(f"{running.url}/ups").json()["access_token"]
    assert violations(details(checked, number, signed=signed)) == []


def test_the_specification_asks_for_both_headers_as_the_face_does(checked: str):
    assert violations(details(checked, "1Z000000001", {"transId": "1"}, "any")) != []


def test_a_token_is_what_the_vendors_specification_allows(running: Running):
    with prism(spec("ups", "OAuthClientCredentials", "yaml"), f"{running.url}/ups") as checked:
        good, bad = token(checked), token(checked, ("somebody", "else"))
    assert (violations(good), good.status_code) == ([], 200)
    assert (violations(bad), bad.status_code) == ([], 401)
    assert all(isinstance(value, str) for value in good.json().values())


def test_scans_come_newest_first_in_local_time_and_in_gmt(running: Running):
    newest, _, _ = package(ask(running, "1Z000000007"))["activity"]
    assert newest["status"]["type"] == "D"
    assert (newest["date"], newest["time"], newest["gmtOffset"]) == ("20260304", "120000", "-08:00")
    assert (newest["gmtDate"], newest["gmtTime"]) == ("20260304", "200000")


def test_gmt_time_loses_its_leading_zeros(running: Running):
    assert package(ask(running, "1Z000000007"))["activity"][1]["gmtTime"] == "70000"


def test_a_late_scan_appears_when_told_but_keeps_its_own_time(running: Running):
    assert len(package(ask(running, "1Z000000001", day=8))["activity"]) == 2
    assert package(ask(running, "1Z000000001", day=9))["activity"][0]["gmtDate"] == "20260303"


def test_a_delivery_adds_its_own_date_to_the_scheduled_one(running: Running):
    before, after = (package(ask(running, "1Z000000007", day=day)) for day in (4, 10))
    assert before["deliveryDate"] == [{"type": "SDD", "date": "20260305"}]
    assert after["deliveryDate"] == [{"type": "SDD", "date": "20260305"}, {"type": "DEL", "date": "20260304"}]


def test_only_guaranteed_parcels_have_a_committed_time(running: Running):
    assert package(ask(running, "1Z000000002"))["deliveryTime"] == {"type": "CMT", "endTime": "233000"}
    assert "deliveryTime" not in package(ask(running, "1Z000000007", day=4))


@pytest.mark.parametrize("number", ["1Z000000007", "1Z000000008"], ids=["branch", "marketplace"])
def test_parcels_of_branches_and_of_the_marketplace_are_known(running: Running, number: str):
    assert package(ask(running, number))["trackingNumber"] == number


@pytest.mark.parametrize(
    ("number", "day"),
    [
        pytest.param("1Z999999999", 10, id="nobody's"),
        pytest.param("1Z000000006", 10, id="another carrier's"),
        pytest.param("1Z000000003", 10, id="not packed yet"),
    ],
)
def test_a_number_never_seen_is_answered_with_a_warning(running: Running, number: str, day: int):
    [shipment] = ask(running, number, day).json()["trackResponse"]["shipment"]
    assert shipment == {
        "inquiryNumber": number,
        "warnings": [{"code": "TW0001", "message": "Tracking Information Not Found"}],
    }


def test_numbers_roll_off_after_120_days(running: Running):
    assert ask(running, "1Z000000009", day=-31).ok
    answer = ask(running, "1Z000000009", day=-29)
    assert (answer.status_code, list(answer.json()["response"]["errors"][0])) == (404, ["code", "message"])


def test_a_request_must_name_itself_and_carry_a_token(running: Running):
    assert ask(running, "1Z000000001", headers={"transId": "1"}).status_code == 400
    assert ask(running, "short", headers=NAMED).status_code == 400
    assert details(f"{running.url}/ups/api", "1Z000000001").status_code == 401
    assert token(f"{running.url}/ups", grant="password").status_code == 400


def test_the_seed_reads_every_status_back_as_the_carrier_meant_it():
    with (SEEDS / "ups_statuses.csv").open() as file:
        seed = {(row["status_type"], row["status_code"]): row for row in csv.DictReader(file)}
    for (status, detail), (kind, code, *_) in STATUSES.items():
        row = seed.get((kind, code)) or seed[kind, "*"]
        assert row["status"] == status
        assert detail is None or row["status_detail"] == detail


def test_an_instant_is_the_same_in_both_notations(running: Running):
    for scan_ in package(ask(running, "1Z000000007"))["activity"]:
        local = datetime.strptime(f"{scan_['date']}{scan_['time']}{scan_['gmtOffset']}", "%Y%m%d%H%M%S%z")
        gmt = datetime.strptime(f"{scan_['gmtDate']}{scan_['gmtTime']:0>6}", "%Y%m%d%H%M%S").replace(
            tzinfo=UTC
        )
        assert local == gmt
