"""Meta, Google and Klaviyo over HTTP in one night: each in its own form, together one truth about every person."""

from datetime import UTC, datetime

import pytest
import requests

from include.activation import audiences, holdout
from include.errors import Wait
from include.privacy.consent import record_consent
from include.privacy.erase import erase
from include.privacy.hashing import google_email, google_phone, meta_email, meta_phone
from tests.activation.house import CARTS, DAY, NEXT, actions, candidates, person, publish, rows

PLACES = ("meta", "google_data_manager", "klaviyo")
ANN, BOB = "an.n+shop@gmail.com", "bob@example.com"
PHONE = "+1 (650) 555-1212"


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    """The holdout has its own test; here everybody counts."""
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)


@pytest.fixture
def people(settings):
    """Ann with a phone and Bob, who allow everything, and are wished for."""
    keys = [person(settings, ANN, phone=PHONE, purposes=("ads", "email"))]
    keys.append(person(settings, BOB, purposes=("ads", "email")))
    candidates(settings, *keys)
    return keys


def run(settings, platforms, day=DAY):
    return audiences.run(settings, day, platforms.destinations(*PLACES, patience_seconds=5))


def everywhere(platforms, audience=CARTS):
    """What Meta, Google and Klaviyo hold."""
    return [platforms.members(audience, what) for what in ("audiences", "google-audiences", "klaviyo-lists")]


def told(platforms):
    """Everything any platform was ever sent, to be compared."""
    names = ("audiences", "google-audiences", "klaviyo-lists", "klaviyo-imports", "klaviyo-subscriptions")
    return {name: platforms.sent(name) for name in names}


def in_form_of_each(*emails, phone=None):
    """These people as Meta, Google and Klaviyo know them."""
    meta = {meta_email(email) for email in emails} | ({meta_phone(phone, "US")} if phone else set())
    google = {google_email(email) for email in emails} | ({google_phone(phone, "US")} if phone else set())
    return [meta, google, set(emails)]


def test_everybody_arrives_in_the_form_of_each_platform_and_nobody_is_subscribed(settings, platforms, people):
    summary = run(settings, platforms)
    assert everywhere(platforms) == in_form_of_each(ANN, BOB, phone=PHONE)
    assert meta_email(ANN) != google_email(ANN)
    assert {place: told[CARTS]["in_audience"] for place, told in summary.items()} == dict.fromkeys(PLACES, 2)
    assert {place: told[CARTS]["too_small"] for place, told in summary.items()} == {
        "meta": True, "google_data_manager": True, "klaviyo": False,
    }  # fmt: skip
    assert platforms.sent("klaviyo-subscriptions") == []
    kept = str(actions(settings)) + str(rows(settings, "SELECT * FROM ops.audience_member"))
    for trace in (ANN, BOB, meta_email(ANN), google_email(ANN), google_phone(PHONE, "US")):
        assert trace not in kept


def test_the_same_night_again_sends_nothing_to_anybody(settings, platforms, people):
    run(settings, platforms)
    before = told(platforms)
    run(settings, platforms)
    assert told(platforms) == before
    assert len(actions(settings)) == 3


def test_an_opt_out_of_ads_reaches_meta_and_google_and_unsubscribing_reaches_klaviyo(
    settings, platforms, people
):
    run(settings, platforms)
    said_at = datetime(2026, 3, 1, tzinfo=UTC)
    record_consent(settings, people[0], "ads", False, "shopify", said_at)
    record_consent(settings, people[1], "email", False, "klaviyo", said_at)
    run(settings, platforms)
    meta, google, klaviyo = everywhere(platforms)
    assert [meta, google, klaviyo] == [{meta_email(BOB)}, {google_email(BOB)}, {ANN}]


def test_an_answer_that_does_not_come_is_asked_for_the_next_night_and_nothing_is_sent_twice(
    settings, platforms, people
):
    fault = {"vendor": "google_data_manager", "kind": "down", "path": "/requestStatus"}
    requests.post(f"{platforms.running.url}/_sandbox/faults", json=fault, timeout=5)
    with pytest.raises(Wait):
        run(settings, platforms)
    requests.delete(f"{platforms.running.url}/_sandbox/faults", timeout=5)
    [waiting] = [action for action in actions(settings) if action["status"] == "sending"]
    publish(settings, NEXT)
    candidates(settings, *people, day=NEXT)
    summary = run(settings, platforms, NEXT)
    assert summary["google_data_manager"][CARTS]["in_audience"] == 2
    confirmed = {action["action_id"]: action["receipt"] for action in actions(settings)}
    assert confirmed[waiting["action_id"]]["request_id"] == waiting["receipt"]["request_id"]
    assert len(confirmed) == 3


@pytest.mark.parametrize("place", PLACES)
def test_one_platform_that_is_down_holds_nobody_else_up(settings, platforms, people, place):
    fault = {"vendor": place, "kind": "down"}
    requests.post(f"{platforms.running.url}/_sandbox/faults", json=fault, timeout=5)
    with pytest.raises(Wait):
        run(settings, platforms)
    requests.delete(f"{platforms.running.url}/_sandbox/faults", timeout=5)
    expected = in_form_of_each(ANN, BOB, phone=PHONE)
    expected[PLACES.index(place)] = set()
    assert everywhere(platforms) == expected
    run(settings, platforms)
    assert everywhere(platforms) == in_form_of_each(ANN, BOB, phone=PHONE)


def test_an_erased_person_is_gone_everywhere_although_the_address_is_forgotten(settings, platforms, people):
    run(settings, platforms)
    erase(settings, ANN)
    candidates(settings, people[1])
    run(settings, platforms)
    assert everywhere(platforms) == in_form_of_each(BOB)
    assert [row["customer_key"] for row in rows(settings, "SELECT * FROM pii.audience_handle")] == [people[1]]


def test_every_audience_has_its_own_list_at_every_platform(settings, platforms, people):
    run(settings, platforms)
    candidates(settings, people[0], audience="viewed_not_bought")
    run(settings, platforms)
    assert everywhere(platforms) == [set(), set(), set()]
    assert everywhere(platforms, "viewed_not_bought") == in_form_of_each(ANN, phone=PHONE)
