"""UPS, read from its sandbox face: which numbers are asked about, and what becomes of the answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from include.errors import FixCredentials, Stop
from include.privacy.line import Line
from include.privacy.projection import Projection
from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.settings import Settings
from include.sources.base import Account
from include.sources.ups import NUMBERS, UPS
from include.warehouse.connect import connect
from include.window import Window, day_window
from tests.clients.faulty import Say, faulty
from tests.sandbox import tiny
from tests.sources.company import HISTORY, NOW, SECRET
from tests.warehouse.helpers import DAY, line, load

TRACKING = UPS.stream("tracking")
KNOWN = ["1Z000000001", "1Z000000002"]
TONIGHT = datetime(2026, 11, 21, 7, tzinfo=UTC)


@pytest.fixture
def company(tmp_path: Path) -> Iterator[Running]:
    with tiny.served(tmp_path, "ups") as running:
        running.sandbox.clock.set(NOW)
        yield running


def account(url: str, **more: Any) -> Account:
    secrets = {"login": credentials.UPS_CLIENT_ID, "password": credentials.UPS_CLIENT_SECRET, **more}
    return Account("ups", "ups", f"{url}/ups", secrets, {"requests_per_second": 1000})


def read(given: Account, numbers: list[str], window: Window = HISTORY) -> list[Line]:
    projection = Projection(TRACKING, given, SECRET)
    with UPS.opened(given) as session:
        lines = [
            projection.record(one) for page in TRACKING.pull(session, window, numbers) for one in page.records
        ]
    assert not projection.drift, f"UPS sends fields nobody listed: {dict(projection.drift)}"
    return lines


def test_each_number_is_one_record(company: Running):
    lines = read(account(company.url), KNOWN)
    assert [line.scope for line in lines] == KNOWN
    package = json.loads(lines[0].payload)["package"][0]
    assert package["currentStatus"] == {"type": "D", "code": "KB", "statusCode": "011"}
    assert package["activity"][0]["gmtDate"] == "20260303"


def test_numbers_ups_does_not_know_are_no_news_and_no_failure(company: Running):
    unknown = ["1Z999999999", "1Z000000003", "short"]
    assert [line.scope for line in read(account(company.url), [*unknown, *KNOWN])] == KNOWN


def test_a_number_that_rolled_off_is_no_failure(company: Running):
    company.sandbox.clock.set(tiny.at(1) + timedelta(days=130))
    assert read(account(company.url), ["1Z000000001"]) == []


def test_who_took_a_parcel_is_not_kept(company: Running):
    assert b"SMITH" not in read(account(company.url), KNOWN)[0].payload
    assert (
        b"description"
        not in json.dumps(
            json.loads(read(account(company.url), KNOWN)[0].payload)["package"][0]["activity"]
        ).encode()
    )


def test_every_request_names_itself_and_its_sender():
    with faulty() as vendor:
        vendor.will(Say.json({"access_token": "t", "expires_in": "14399"}), Say.json({"trackResponse": {}}))
        given = Account(
            "ups", "ups", vendor.url, {"login": "id", "password": "canary"}, {"requests_per_second": 1000}
        )
        assert read(given, ["1Z1234567", "1Z7654321"]) == []
        grant, *asked = vendor.asked
    assert (grant.path, grant.body) == ("/security/v1/oauth/token", b"grant_type=client_credentials")
    assert grant.headers["authorization"] == "Basic aWQ6Y2FuYXJ5"
    assert {one.headers["transactionsrc"] for one in asked} == {"nightshift"}
    assert len({one.headers["transid"] for one in asked}) == 2


@pytest.mark.parametrize("kind", ["429", "500", "html", "truncate", "reset"])
def test_a_stumbling_carrier_is_read_all_the_same(company: Running, kind: str):
    wanted = read(account(company.url), KNOWN)
    fault = {"vendor": "ups", "kind": kind, "times": 1, "path": "/details"}
    requests.post(f"{company.url}/_sandbox/faults", json=fault, timeout=10).raise_for_status()
    assert read(account(company.url), KNOWN) == wanted


def test_the_token_is_renewed_mid_run(tmp_path: Path):
    with tiny.served(tmp_path, "ups", limits=Limits(token_seconds=0.3)) as running:
        running.sandbox.clock.set(NOW)
        assert len(read(account(running.url), KNOWN * 100)) == 200


@pytest.mark.parametrize("lost", ["login", "password"])
def test_credentials_that_are_missing_or_wrong_ask_for_a_person(company: Running, lost: str):
    with pytest.raises(FixCredentials, match="client id as the login"):
        read(account(company.url, **{lost: ""}), KNOWN)
    with pytest.raises(FixCredentials) as failure:
        read(account(company.url, **{lost: "canary"}), KNOWN)
    assert "canary" not in str(failure.value)


def test_another_refusal_is_no_unknown_number():
    body = {"response": {"errors": [{"code": "TV9999", "message": "canary"}]}}
    with faulty() as vendor:
        vendor.will(Say.json({"access_token": "t", "expires_in": "9"}), Say.json(body, 409))
        given = Account("ups", "ups", vendor.url, {"login": "id", "password": "secret"})
        with pytest.raises(Stop, match=r"answered 409 \(TV9999\)"):
            read(given, ["1Z1234567"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("gmtDate", "20260230"),
        ("date", "2026-03-04"),
        ("gmtTime", "250000"),
        ("time", "noon"),
        ("gmtOffset", "+99:00"),
    ],
)
def test_a_scan_without_a_time_puts_its_parcel_aside_by_name(field: str, value: str):
    scan = {
        "gmtDate": "20260304",
        "gmtTime": "74700",
        "gmtOffset": "-05:00",
        "date": "20260304",
        "time": "",
        field: value,
    }
    parcel = {"inquiryNumber": KNOWN[0], "package": [{"activity": [scan]}]}
    whole = {"inquiryNumber": KNOWN[1], "package": [{"activity": [scan | {field: None}]}]}
    with faulty() as vendor:
        told = [Say.json({"trackResponse": {"shipment": [one]}}) for one in (parcel, whole)]
        vendor.will(Say.json({"access_token": "t", "expires_in": "14399"}), *told)
        given = Account("ups", "ups", vendor.url, {"login": "id", "password": "secret"})
        with UPS.opened(given) as session:
            pages = list(TRACKING.pull(session, HISTORY, KNOWN))
    assert [record["inquiryNumber"] for page in pages for record in page.records] == [KNOWN[1]]
    (bad,) = [bad for page in pages for bad in page.bad]
    assert (bad.source, bad.record, bad.field) == ("ups", KNOWN[0], f"package.activity.{field}")


@pytest.mark.parametrize(("numbers", "stops"), [(20, True), (19, False)])
def test_when_every_number_is_called_malformed_it_is_the_question_that_is(numbers: int, stops: bool):
    """UPS also answers 400 when it dislikes a header: that night would have landed with nothing."""
    body = {"response": {"errors": [{"code": "TV1001", "message": "Missing transaction source"}]}}
    asked = [f"1Z{n:09}" for n in range(numbers)]
    with faulty() as vendor:
        vendor.will(Say.json({"access_token": "t", "expires_in": "14399"}), Say.json(body, 400))
        given = Account(
            "ups", "ups", vendor.url, {"login": "id", "password": "secret"}, {"requests_per_second": 1000}
        )
        if stops:
            with pytest.raises(Stop, match="calls all of 20 numbers malformed"):
                read(given, asked)
        else:
            assert read(given, asked) == []


# ---------------------------------------------------------------------------- which numbers


def fulfilled(name: str, *parcels: tuple[str | None, str | None], days_ago: int = 3) -> bytes:
    """An order whose parcels (carrier, number) were sent that many days ago."""
    at = (TONIGHT - timedelta(days=days_ago)).isoformat()
    sent = [{"createdAt": at, "trackingInfo": [{"company": who, "number": what}]} for who, what in parcels]
    return line(name, {"id": name, "fulfillments": sent}, at)


def told(number: str, kind: str, days_ago: int) -> bytes:
    day = f"{TONIGHT - timedelta(days=days_ago):%Y%m%d}"
    package = {"currentStatus": {"type": kind}, "activity": [{"gmtDate": day}]}
    return line(number, {"inquiryNumber": number, "package": [package]}, None)


def bring(
    settings: Settings, lines: list[bytes], source: str = "shopify", stream: str = "orders", **more: Any
) -> None:
    window = day_window(DAY, settings.timezone)
    load(settings, lines, source=source, stream=stream, window=window, taken_at=TONIGHT, **more)


def numbers(settings: Settings) -> list[str]:
    with connect(settings, "loader") as conn:
        return [row[0] for row in conn.execute(NUMBERS).fetchall()]


def test_only_the_carriers_own_numbers_are_asked_about(warehouse: Settings):
    bring(warehouse, [
        fulfilled("named", ("UPS", "1Z0000001")),
        fulfilled("spelled otherwise", ("UPS Ground", "1z 0000 002")),
        fulfilled("known by its look", ("Other", "1Z9999999999999999")),
        fulfilled("somebody else's", ("FedEx", "770000001"), ("USPS", "9400100000"), (None, None)),
        fulfilled("nonsense", ("UPS", "see invoice!"), ("UPS", "")),
        fulfilled("not sent"),
    ])  # fmt: skip
    assert numbers(warehouse) == ["1Z0000001", "1Z0000002", "1Z9999999999999999"]


def test_a_first_question_is_asked_for_three_weeks_and_an_open_parcel_is_followed_for_sixty_days(
    warehouse: Settings,
):
    bring(warehouse, [
        fulfilled("young", ("UPS", "1Z0000020"), days_ago=20),
        fulfilled("never asked", ("UPS", "1Z0000022"), days_ago=22),
        fulfilled("open", ("UPS", "1Z0000059"), days_ago=59), fulfilled("old", ("UPS", "1Z0000061"), days_ago=61),
    ])  # fmt: skip
    bring(warehouse, [told("1Z0000059", "I", 9), told("1Z0000061", "I", 9)], "ups", "tracking", epoch=1)
    assert numbers(warehouse) == ["1Z0000020", "1Z0000059"]


def test_packages_of_the_marketplace_are_asked_about_as_well(warehouse: Settings):
    at = TONIGHT.isoformat()
    package = {"carrier": "UPS", "trackingNumber": "1Z0000007", "shipTime": at}
    bring(warehouse, [line("111-1", {"orderId": "111-1", "packages": [package]}, at)], source="amazon")
    assert numbers(warehouse) == ["1Z0000007"]


def test_a_parcel_is_asked_about_until_three_days_after_its_delivery(warehouse: Settings):
    bring(warehouse, [fulfilled("one", *[("UPS", f"1Z000000{n}") for n in range(1, 6)])])
    bring(warehouse, [
        told("1Z0000001", "I", 9), told("1Z0000002", "D", 2), told("1Z0000003", "D", 5), told("1Z0000004", "D", 5),
        told("1Z0000005", "RS", 9),
    ], "ups", "tracking", epoch=1)  # fmt: skip
    bring(warehouse, [told("1Z0000004", "I", 4)], "ups", "tracking", epoch=2)
    assert numbers(warehouse) == ["1Z0000001", "1Z0000002", "1Z0000004", "1Z0000005"]


def test_every_version_of_an_order_in_the_last_sixty_days_counts_and_each_number_once(warehouse: Settings):
    bring(warehouse, [fulfilled("one", ("UPS", "1Z0000001"))])
    bring(warehouse, [fulfilled("one", ("UPS", "1Z0000001"), ("UPS", "1Z0000002"))])
    assert numbers(warehouse) == ["1Z0000001", "1Z0000002"]
