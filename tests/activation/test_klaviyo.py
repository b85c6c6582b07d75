"""Klaviyo's lists as a destination: who is put on them, who leaves, and that nobody is ever subscribed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from include.activation.destinations.base import DONE, Destination, Identity
from include.activation.destinations.klaviyo import Klaviyo
from include.errors import FixCredentials, Stop, Wait
from include.privacy.consent import Contact
from include.sandbox import credentials
from include.sandbox.server import Running
from tests.sandbox import browsers
from tests.sandbox.tiny import at, served

ANN = "01KLAVIYO00000000000000001"
THREE = [
    Identity(f"x{n}", email=email)
    for n, email in enumerate(("ann@example.com", "bob@example.com", "new@a.example"))
]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("include.clients.session.backoff", lambda attempt, clock: 0.0)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with served(tmp_path, "klaviyo", of=browsers.world()) as running:
        yield running


@pytest.fixture
def klaviyo(running: Running) -> Klaviyo:
    return account(running)


def account(running: Running, key: str = credentials.KLAVIYO_API_KEY) -> Klaviyo:
    return Klaviyo(Destination("klaviyo", "act", f"{running.url}/klaviyo", {"password": key}))


def sent(running: Running, what: str) -> list[Any]:
    return requests.get(f"{running.url}/_sandbox/klaviyo-{what}", timeout=5).json()


def fault(running: Running, **fault) -> None:
    body = {"vendor": "klaviyo", **fault}
    requests.post(f"{running.url}/_sandbox/faults", json=body, timeout=10).raise_for_status()


def finished(klaviyo: Klaviyo, answer: dict) -> str:
    assert klaviyo.settled(answer).state == "pending"
    return klaviyo.settled(answer).state


def test_the_whole_life_of_a_list_subscribes_nobody(running: Running, klaviyo: Klaviyo):
    running.sandbox.state.put("klaviyo_subscription", ANN, {"email": ["UNSUBSCRIBED", at(8).isoformat()]})
    carts = klaviyo.audience("abandoned_cart")
    assert klaviyo.audience("abandoned_cart") == carts != klaviyo.audience("viewed_not_bought")
    answer = klaviyo.add(carts, THREE, "batch-1")
    assert finished(klaviyo, answer) == "done"
    told = {one["name"]: one for one in sent(running, "lists")}
    assert told["Nightshift: abandoned_cart"]["members"] == [
        "ann@example.com",
        "bob@example.com",
        "new@a.example",
    ]
    assert told["Nightshift: abandoned_cart"]["external_ids"] == ["x0", "x1", "x2"]
    gone = klaviyo.remove(carts, ["x0", "x2", "never-there"], "batch-2")
    assert (gone["num_removed"], klaviyo.settled(gone)) == (2, DONE)
    told = {one["name"]: one for one in sent(running, "lists")}
    assert told["Nightshift: abandoned_cart"]["members"] == ["bob@example.com"]
    assert sent(running, "subscriptions") == []
    headers = {"Authorization": f"Klaviyo-API-Key {credentials.KLAVIYO_API_KEY}", "revision": "2026-07-15"}
    query = {"filter": f'equals(id,"{ANN}")', "additional-fields[profile]": "subscriptions"}
    url = f"{running.url}/klaviyo/api/profiles"
    [ann] = requests.get(url, params=query, headers=headers, timeout=5).json()["data"]
    assert ann["attributes"]["subscriptions"]["email"]["marketing"]["consent"] == "UNSUBSCRIBED"
    assert (ann["attributes"]["first_name"], ann["attributes"]["external_id"]) == ("Ann", None)


def test_only_the_address_and_our_own_id_are_sent(running: Running, klaviyo: Klaviyo):
    klaviyo.add(klaviyo.audience("abandoned_cart"), THREE, "batch-1")
    (job,) = sent(running, "imports")
    assert job["attributes"] == ["email", "properties"]
    assert job["people"] == 3


def test_what_is_kept_of_an_answer_names_nobody(klaviyo: Klaviyo):
    answer = klaviyo.add(klaviyo.audience("abandoned_cart"), THREE, "batch-1")
    assert answer.keys() == {"audience_id", "job_id", "num_received"}
    assert "@" not in repr(answer)
    assert "@" not in repr(THREE[0])


def test_sending_a_batch_again_changes_nothing(running: Running, klaviyo: Klaviyo):
    carts = klaviyo.audience("abandoned_cart")
    for _ in range(2):
        assert finished(klaviyo, klaviyo.add(carts, THREE, "batch-1")) == "done"
        assert [one["people"] for one in sent(running, "lists")] == [3]
    for _ in range(2):
        klaviyo.remove(carts, ["x1"], "batch-2")
        assert [one["people"] for one in sent(running, "lists")] == [2]


def test_refused_people_are_counted_and_not_named(klaviyo: Klaviyo):
    answer = klaviyo.add(
        klaviyo.audience("abandoned_cart"), [*THREE, Identity("x9", email="broken@nowhere")], "batch-1"
    )
    klaviyo.settled(answer)
    settled = klaviyo.settled(answer)
    assert (settled.state, settled.why) == ("partial", "klaviyo refused 1 people (invalid)")


def test_an_import_is_believed_only_when_the_list_shows_its_people(running: Running, klaviyo: Klaviyo):
    carts = klaviyo.audience("abandoned_cart")
    answer = klaviyo.add(carts, THREE, "batch-1")
    assert finished(klaviyo, answer) == "done"
    klaviyo.remove(carts, ["x0"], "somebody else")
    assert klaviyo.settled(answer).state == "partial"


def test_many_members_are_found_page_by_page(running: Running, klaviyo: Klaviyo):
    carts = klaviyo.audience("abandoned_cart")
    many = [Identity(f"m{n}", email=f"m{n}@example.com") for n in range(230)]
    assert finished(klaviyo, klaviyo.add(carts, many, "batch-1")) == "done"
    assert klaviyo.remove(carts, [one.handle for one in many[:229]], "batch-2")["num_removed"] == 229
    assert [one["members"] for one in sent(running, "lists")] == [["m229@example.com"]]


def test_people_without_an_address_cannot_be_told_of():
    def contact(email: str | None) -> Contact:
        return Contact("key", email, "+16505551212", "US", datetime(2026, 3, 1, tzinfo=UTC), "shopify")

    prepare = Klaviyo.prepare
    assert prepare(None, contact(None), "x") is None  # type: ignore[arg-type]
    assert prepare(None, contact("nobody"), "x") is None  # type: ignore[arg-type]
    known = prepare(None, contact(" Ann@Example.com"), "x")  # type: ignore[arg-type]
    assert known == Identity("x", email="ann@example.com", handle="x")


def test_too_many_at_once_a_wrong_key_and_an_outage_are_told_apart(running: Running, klaviyo: Klaviyo):
    with pytest.raises(Stop, match="at once"):
        klaviyo.add("L", [THREE[0]] * 1001, "batch")
    with pytest.raises(FixCredentials) as refused:
        account(running, "pk_canary").audience("abandoned_cart")
    assert "canary" not in str(refused.value)
    with pytest.raises(Stop, match="lacks api_key or password"):
        Klaviyo(Destination("klaviyo", "act", running.url, {}))
    fault(running, kind="429", times=1, seconds=0)
    assert klaviyo.audience("abandoned_cart")
    fault(running, kind="down")
    with pytest.raises(Wait):
        klaviyo.audience("abandoned_cart")
