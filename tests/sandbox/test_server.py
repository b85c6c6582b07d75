"""The sandbox itself: its clock, its faults, what it remembers."""

import json
import smtplib
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import requests

from include.sandbox.faces import FACES
from include.sandbox.faults import Fault, Faults
from include.sandbox.server import open_sandbox
from include.sandbox.state import State
from tests.sandbox import tiny
from tests.sandbox.storefront import Client
from tests.sandbox.tiny import at, served

REPOSITORY = Path(__file__).parents[2]
SHOP = "{ shop { id name } }"


@pytest.fixture
def client(tmp_path):
    with served(tmp_path, "shopify") as running:
        yield Client(running)


def test_time_stands_at_the_companys_last_midnight(client):
    told = requests.get(f"{client.url}/_sandbox/clock", timeout=10).json()
    assert told == {"now": "2026-03-10T04:00:00+00:00", "set": False}


def test_a_set_time_survives_a_restart_and_can_be_taken_back(tmp_path):
    with served(tmp_path, "shopify") as running:
        assert Client(running).control("clock", now="2026-03-12T10:00:00+01:00").json()["set"]
    with served(tmp_path, "shopify") as running:
        told = requests.get(f"{running.url}/_sandbox/clock", timeout=10).json()
        assert told["now"] == "2026-03-12T09:00:00+00:00"
        assert Client(running).control("clock", now=None).json()["now"] == "2026-03-10T04:00:00+00:00"


def test_a_time_without_zone_is_refused(client):
    assert client.control("clock", now="2026-03-12T10:00:00").status_code == 422


def test_health_says_who_the_company_is(client):
    told = requests.get(f"{client.url}/_sandbox/health", timeout=10).json()
    assert told["ok"]
    assert (told["shop_domain"], told["timezone"], told["vendors"]) == (
        "tiny.myshopify.com",
        "America/New_York",
        ["shopify"],
    )


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("429", 429), ("500", 500), ("html", 200)])
def test_a_fault_answers_in_the_vendors_place_for_as_often_as_told(client, kind, status):
    client.control("faults", vendor="shopify", kind=kind, times=2)
    assert [client.post(SHOP).status_code for _ in range(3)] == [status, status, 200]


def test_too_many_requests_says_when_to_come_back(client):
    client.control("faults", vendor="shopify", kind="429", times=1, seconds=7)
    assert client.post(SHOP).headers["Retry-After"] == "7"


def test_an_outage_lasts_until_it_is_cleared_and_over_restarts(tmp_path):
    with served(tmp_path, "shopify") as running:
        Client(running).control("faults", vendor="shopify", kind="down")
    with served(tmp_path, "shopify") as running:
        client = Client(running)
        assert client.post(SHOP).status_code == 503
        assert requests.delete(f"{client.url}/_sandbox/faults?vendor=shopify", timeout=10).json() == []
        assert client.post(SHOP).status_code == 200


def test_a_reset_connection_gives_no_answer(client):
    client.control("faults", vendor="shopify", kind="reset", times=1)
    with pytest.raises(requests.ConnectionError):
        client.post(SHOP)
    assert client.post(SHOP).status_code == 200


def test_a_truncated_answer_breaks_off_before_its_announced_length(client):
    client.control("faults", vendor="shopify", kind="truncate", times=1)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        client.post(SHOP)


def test_a_slow_vendor_answers_late_but_rightly(client):
    client.control("faults", vendor="shopify", kind="slow", times=1, seconds=0.3)
    reply = client.post(SHOP)
    assert reply.elapsed.total_seconds() >= 0.3
    assert reply.json()["data"]["shop"]["name"] == "Tiny Shop"


def test_a_fault_can_wait_and_can_aim_at_one_path(client):
    client.control("faults", vendor="shopify", kind="500", times=1, after=1, path="POST /shopify/admin/api")
    assert requests.get(f"{client.url}/shopify/_storage/none", timeout=10).status_code == 404
    assert [client.post(SHOP).status_code for _ in range(3)] == [200, 500, 200]


def test_faults_are_injected_for_served_vendors_and_known_kinds_only(client):
    assert client.control("faults", vendor="fedex", kind="down").status_code == 422
    assert client.control("faults", vendor="shopify", kind="sulk").status_code == 422


def test_other_processes_can_inject_faults_through_the_state_file(tmp_path):
    with served(tmp_path, "shopify") as running:
        Faults(State(tmp_path / "sandbox" / "state.sqlite")).inject(Fault("shopify", "500", times=1))
        assert Client(running).post(SHOP).status_code == 500


def test_unknown_control_names_list_what_there_is(client):
    reply = requests.get(f"{client.url}/_sandbox/telegrams", timeout=10)
    assert (reply.status_code, "telegrams" in reply.text) == (404, True)


def test_state_keeps_order_and_numbers(tmp_path):
    state = State(tmp_path / "state.sqlite")
    assert [state.append("mail", {"n": n}) for n in range(3)] == [1, 2, 3]
    state.put("mail", "2", {"n": "changed"})
    state.delete_many("mail", ["1", "9"])
    assert state.all("mail") == [{"n": "changed"}, {"n": 2}]
    assert (state.count("mail"), state.get("mail", "1")) == (2, None)
    state.clear("mail")
    assert state.items("mail") == {}


def test_the_clock_follows_the_company_into_summer_time(tmp_path):
    before = open_sandbox(tiny.world(), tmp_path / "a", date(2026, 3, 8)).clock.now()
    after = open_sandbox(tiny.world(), tmp_path / "b", date(2026, 3, 9)).clock.now()
    assert (before, after) == (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC))


def test_what_has_not_happened_becomes_visible_when_the_clock_moves(client):
    query = "{ orders(first: 50) { nodes { name } } }"
    before = {node["name"] for node in client.data(query)["orders"]["nodes"]}
    client.control("clock", now=at(8).isoformat())
    earlier = {node["name"] for node in client.data(query)["orders"]["nodes"]}
    assert (before - earlier, earlier) == ({"#5003", "#5004"}, {"#5001", "#5002"})


BOOK = """order_id,ordered_at,customer_id,sku,description,quantity,unit_price,currency,country,channel
1,2026-03-01T10:00:00,c1,A-1,Apple pie,2,5.00,EUR,DE,web
2,2026-03-02T10:00:00,c2,A-1,Apple pie,1,5.00,EUR,DE,web
3,2026-03-09T10:00:00,c1,B-1,Bread,1,3.00,EUR,DE,web
"""


def test_the_process_says_where_it_listens_serves_any_shops_book_and_stops_when_told(tmp_path):
    (tmp_path / "book.csv").write_text(BOOK)
    given = ["--home", tmp_path, "--order-book", tmp_path / "book.csv", "--today", "2026-03-10"]
    given += ["--timezone", "Europe/Berlin", "--currency", "EUR", "--country", "DE", "--history-days", "30"]
    command = [sys.executable, "-m", "include.sandbox.server", *map(str, given)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            ready = json.loads(process.stdout.readline())
            health = requests.get(f"{ready['url']}/_sandbox/health", timeout=10).json()
            truth = requests.get(f"{ready['url']}/_sandbox/truth?day=2026-03-09", timeout=30).json()
            with smtplib.SMTP("127.0.0.1", ready["smtp_port"], timeout=10) as mail:
                assert mail.noop()[0] == 250
            process.terminate()
            assert process.wait(timeout=20) == 0
        finally:
            process.kill()  # what fails above must not wait for a server that nobody stops
    assert ready["ready"]
    assert (health["currency"], health["now"]) == ("EUR", "2026-03-09T23:00:00+00:00")
    assert health["vendors"] == [face.vendor for face in FACES]
    assert truth["orders"] == 1
