"""Requests to a vendor that misbehaves in every way we know."""

import gzip
import logging
import tracemalloc
from collections.abc import Iterator
from datetime import timedelta
from tempfile import TemporaryFile
from typing import IO

import pytest

from include.clients.auth import Static, bearer
from include.clients.pace import Rate
from include.clients.session import Session
from include.errors import FixCredentials, Refused, Stop, Wait
from tests.clients.conftest import Time
from tests.clients.faulty import Faulty, Say, faulty

SECRET = "s3cret-canary-token"
GOOD = Say.json({"ok": True})


def session(vendor: Faulty, time: Time, **more) -> Session:
    return Session("acme shop", vendor.url, bearer(SECRET), clock=time.clock(), **more)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_a_passing_trouble_is_tried_again(vendor: Faulty, time: Time, status: int):
    vendor.will(Say(status=status), Say(status=status), GOOD)
    assert session(vendor, time).get("/x") == {"ok": True}
    assert time.naps == [1.0, 2.0]


def test_trouble_that_stays_ends_in_wait_after_all_attempts(vendor: Faulty, time: Time):
    vendor.will(Say(status=503))
    with pytest.raises(Wait, match=r"acme shop: GET http://127.0.0.1:\d+/x answered 503 \(6 of 6 attempts\)"):
        session(vendor, time).get("/x")
    assert len(vendor.asked) == 6


@pytest.mark.parametrize(
    ("header", "slept"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("2.5", 2.5, id="fraction"),
        pytest.param("Tue, 10 Mar 2026 00:00:09 GMT", 9.0, id="date"),
        pytest.param("Tue, 10 Mar 2026 00:00:00 GMT", 0.0, id="date-now"),
        pytest.param("Mon, 09 Mar 2026 00:00:00 GMT", 1.0, id="date-past-falls-back"),
        pytest.param("soon", 1.0, id="nonsense-falls-back"),
        pytest.param("-5", 1.0, id="negative-falls-back"),
        pytest.param("nan", 1.0, id="nan-falls-back"),
    ],
)
def test_retry_after_is_honoured(vendor: Faulty, time: Time, header: str, slept: float):
    vendor.will(Say(status=429, headers={"Retry-After": header}), GOOD)
    session(vendor, time).get("/x")
    assert time.naps == [slept]


@pytest.mark.parametrize(("header", "told"), [("600", 600), ("86400000", 3600), ("1e300", 3600)])
def test_a_long_retry_after_is_left_to_a_later_run(vendor: Faulty, time: Time, header: str, told: int):
    vendor.will(Say(status=429, headers={"Retry-After": header}))
    with pytest.raises(Wait) as failure:
        session(vendor, time).get("/x")
    assert failure.value.retry_after == timedelta(seconds=told)
    assert time.naps == []


def test_no_attempt_begins_after_the_deadline(vendor: Faulty, time: Time):
    vendor.will(Say(status=503, headers={"Retry-After": "20"}))
    with pytest.raises(Wait):
        session(vendor, time, deadline=50, attempts=100).get("/x")
    assert time.passed <= 50


def test_every_cut_body_is_noticed(vendor: Faulty, time: Time):
    whole = Say.json({"trackers": [{"id": "trk_1"}], "has_more": False})
    for cut in range(0, len(whole.body), 3):
        vendor.will(Say(whole.body, cut=cut), whole)
        assert session(vendor, time).get("/x")["trackers"] == [{"id": "trk_1"}]
        assert len(vendor.asked) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Say(reset=True), id="hung-up"),
        pytest.param(Say(b'{"a": [1, 2'), id="json-cut-at-right-length"),
        pytest.param(Say(b""), id="empty"),
        pytest.param(Say(b"<html>maintenance</html>"), id="html"),
        pytest.param(Say(b"{}", headers={"Content-Type": "text/html; charset=utf-8"}), id="html-type"),
        pytest.param(Say(b"not gzip", headers={"Content-Encoding": "gzip"}), id="broken-gzip"),
    ],
)
def test_an_answer_that_is_no_data_is_asked_for_again(vendor: Faulty, time: Time, answer: Say):
    vendor.will(answer, GOOD)
    assert session(vendor, time).get("/x") == {"ok": True}
    vendor.will(answer)
    with pytest.raises(Wait):
        session(vendor, time, attempts=2).get("/x")


def test_a_dead_host_is_a_wait(time: Time):
    with faulty() as gone:
        pass
    with pytest.raises(Wait, match="ConnectionError"):
        session(gone, time, attempts=2).get("/x")


@pytest.mark.parametrize(("status", "error"), [(403, FixCredentials), (400, Stop), (404, Stop), (422, Stop)])
def test_a_refusal_is_not_repeated(vendor: Faulty, time: Time, status: int, error: type[Exception]):
    vendor.will(Say(status=status))
    with pytest.raises(error, match=str(status)):
        session(vendor, time).get("/x")
    assert len(vendor.asked) == 1


def test_a_second_401_asks_for_credentials(vendor: Faulty, time: Time):
    vendor.will(Say(status=401))
    with pytest.raises(FixCredentials, match="renew"):
        session(vendor, time).get("/x")


def test_a_post_that_may_have_worked_is_not_repeated(vendor: Faulty, time: Time):
    for answer in (Say(status=500), Say(reset=True), Say(b'{"a"')):
        vendor.will(answer)
        with pytest.raises(Wait, match="may or may not"):
            session(vendor, time).post("/x", {}, repeatable=False)
        assert len(vendor.asked) == 1
    vendor.will(Say(status=429), GOOD)
    assert session(vendor, time).post("/x", {}, repeatable=False) == {"ok": True}


ELSEWHERE = [
    "http://localhost:1/steal",
    "https://127.0.0.1/steal",
    "http://169.254.169.254/latest/meta-data",
    "//evil.example/steal",
    "http://user@127.0.0.1/steal",
    "ftp://127.0.0.1/steal",
    "http://127.0.0.1:99999/steal",
    "http://127.0.0.1\\@evil.example/",
    "http://[::1]/steal",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_neither_a_next_page_nor_a_redirect_leads_elsewhere(vendor: Faulty, time: Time, url: str):
    with pytest.raises(Stop):
        session(vendor, time).get(url)
    assert vendor.asked == []
    vendor.will(Say(status=302, headers={"Location": url}))
    with pytest.raises(Stop):
        session(vendor, time).get("/x")
    assert len(vendor.asked) == 1


def test_another_server_never_sees_our_token(vendor: Faulty, time: Time):
    with faulty() as other:
        vendor.will(Say(status=307, headers={"Location": f"{other.url}/x"}))
        with pytest.raises(Stop, match="refused to follow"):
            session(vendor, time).get("/x")
        assert other.asked == []


def test_a_redirect_at_home_is_followed_and_signed(vendor: Faulty, time: Time):
    vendor.will(Say(status=302, headers={"Location": "/y?page=2"}), GOOD)
    assert session(vendor, time).get("/x", {"page": 1}) == {"ok": True}
    assert [asked.path for asked in vendor.asked] == ["/x?page=1", "/y?page=2"]
    assert vendor.asked[1].headers["authorization"] == f"Bearer {SECRET}"


def test_endless_redirects_end(vendor: Faulty, time: Time):
    vendor.will(Say(status=302, headers={"Location": "/x"}))
    with pytest.raises(Stop, match="redirected"):
        session(vendor, time).get("/x")


def test_a_form_is_not_redirected_as_something_else(vendor: Faulty, time: Time):
    vendor.will(Say(status=303, headers={"Location": "/y"}))
    with pytest.raises(Stop):
        session(vendor, time).post("/x", {}, repeatable=True)


@pytest.mark.parametrize(
    "base", ["http://api.example.com", "ftp://api.example.com", "api.example.com", "https://u:p@x"]
)
def test_credentials_do_not_travel_in_the_clear(base: str):
    with pytest.raises(Stop):
        Session("acme", base)


def test_plain_http_must_be_allowed_in_so_many_words():
    assert Session("acme", "http://sandbox:8080/", plain_http=True).base_url == "http://sandbox:8080"


def test_a_zip_bomb_stops_early(vendor: Faulty, time: Time):
    bomb = gzip.compress(b'"' + b"a" * 60_000_000 + b'"', 9)
    vendor.will(Say(bomb, headers={"Content-Encoding": "gzip"}))
    tracemalloc.start()
    with pytest.raises(Stop, match="more than 1,000,000 bytes"):
        session(vendor, time, max_bytes=1_000_000).get("/x")
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def test_bottomless_nesting_stops(vendor: Faulty, time: Time):
    vendor.will(Say(b"[" * 100_000 + b"]" * 100_000))
    with pytest.raises(Stop, match="nested"):
        session(vendor, time).get("/x")


def test_no_message_and_no_log_holds_a_secret(vendor: Faulty, time: Time, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    canary = f"echo {SECRET}"
    for status in (302, 400, 401, 403, 429, 500):
        vendor.will(
            Say(canary.encode(), status, {"X-Echo": canary, "Location": f"http://evil/{SECRET}?k={SECRET}"})
        )
        with pytest.raises((Wait, Stop, FixCredentials)) as failure:
            session(vendor, time, explain=lambda reply: "CODE").request(
                "POST", f"/hook/{SECRET}?key={SECRET}", body={"k": SECRET}, params={"q": SECRET}
            )
        # the refused address itself is the other side's words, and shown without its query
        assert SECRET not in str(failure.value).replace(f"http://evil/{SECRET}", "")
    ours = [record for record in caplog.records if record.name.startswith("include")]
    assert ours
    assert not [record for record in ours if SECRET in record.getMessage()]


def test_a_refusal_knows_its_status(vendor: Faulty, time: Time):
    vendor.will(Say(status=404))
    with pytest.raises(Refused, match="answered 404") as refused:
        session(vendor, time).get("/unknown")
    assert refused.value.status == 404


def test_secrets_of_a_path_are_hidden(vendor: Faulty, time: Time):
    hook = Session("slack", vendor.url, Static({}), clock=time.clock(), secrets=("T0/B0/hook-canary",))
    vendor.will(Say(status=404))
    with pytest.raises(Stop, match=r"/services/\*\*\* answered 404"):
        hook.request("POST", "/services/T0/B0/hook-canary", body={})


def test_the_rate_budget_spaces_requests(vendor: Faulty, time: Time):
    paced = session(vendor, time, rate=Rate(5, burst=2, clock=time.clock()))
    for _ in range(12):
        paced.get("/x")
    assert time.passed == pytest.approx(2.0)


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with TemporaryFile() as empty:
        yield empty


def test_a_download_leads_nowhere_else(vendor: Faulty, time: Time, file: IO[bytes]):
    vendor.will(Say(b"line\n"))
    assert session(vendor, time).download("/files/1", file) == 5
    with pytest.raises(Stop):
        session(vendor, time).download("https://storage.example/x", file, frozenset({"other.example"}))
    with pytest.raises(Stop):
        session(vendor, time).download("http://storage.example/x", file, frozenset({"storage.example"}))


def test_a_file_on_a_host_the_vendor_names_is_fetched_without_credentials(
    vendor: Faulty, time: Time, file: IO[bytes], monkeypatch
):
    with faulty() as storage:
        # in life it is https on port 443, which no test can listen on everywhere
        monkeypatch.setattr(
            "include.clients.session._is_elsewhere", lambda url, hosts: url == f"{storage.url}/x"
        )
        ours = session(vendor, time)
        for url in (f"{storage.url}/x", f"{vendor.url}/x"):
            ours.download(url, file, frozenset({"127.0.0.1"}))
        (there,), (here,) = storage.asked, vendor.asked
    assert SECRET not in str(there)
    assert SECRET in str(here)


def test_a_cut_download_is_fetched_again(vendor: Faulty, time: Time, file: IO[bytes]):
    vendor.will(Say(b"0123456789", cut=4), Say(b"0123456789"))
    assert session(vendor, time).download("/files/1", file) == 10
    assert file.read() == b"0123456789"
