"""Removals from audiences: they wait for nobody, are loud when refused, and leave no trace of the person."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from include.activation import audiences, holdout
from include.errors import FixCredentials, Stop
from include.privacy.consent import record_consent
from include.privacy.erase import erase
from include.privacy.hashing import meta_email
from include.privacy.suppression import suppress
from tests.activation.house import CARTS, DAY, NEXT, actions, candidates, person, rows


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    """The holdout has its own test; here everybody counts."""
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


def run(settings, house):
    return audiences.run(settings, DAY, house.destinations("meta"))["meta"][CARTS]


def test_an_erased_person_is_removed_although_the_address_is_forgotten(settings, house):
    ann = person(settings, "ann@example.com")
    candidates(settings, ann)
    run(settings, house)
    rows(settings, "SELECT pii.forget_consent(%s)", [[ann]])
    rows(settings, "DELETE FROM pii.customer RETURNING 1")
    candidates(settings)
    run(settings, house)
    assert house.members(CARTS) == set()
    assert rows(settings, "SELECT * FROM ops.audience_member") == []


def test_opting_out_waits_for_nobodys_yes(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann)
    run(settings, house)
    record_consent(settings, ann, "ads", False, "test", datetime.now(UTC))
    candidates(settings, ann, bob)
    audiences.run(settings, DAY, house.destinations("meta", mode="propose"))
    assert house.members(CARTS) == set()
    assert {(action["mode"], action["status"]) for action in actions(settings)} == {
        ("act", "confirmed"),
        ("propose", "proposed"),
    }


def test_a_removal_after_an_erasure_leaves_no_key_in_the_ledger(settings, house):
    ann = person(settings, "ann@example.com")
    candidates(settings, ann)
    run(settings, house)
    erase(settings, "ann@example.com")
    candidates(settings)
    run(settings, house)
    assert house.members(CARTS) == set()
    assert [action["payload"]["operation"] for action in actions(settings)] == ["add", "remove"]
    assert ann not in str(actions(settings))


def test_a_removal_that_is_refused_is_loud(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann)
    run(settings, house)
    candidates(settings, bob)
    meta = house.destinations("meta")["meta"]
    refused = {"meta": replace(meta, credentials={**meta.credentials, "password": "expired"})}
    with pytest.raises(FixCredentials, match="audience_batch to meta: meta refused the access token"):
        audiences.run(settings, DAY, refused)
    assert run(settings, house)["to_remove"] == 1
    assert house.members(CARTS) == {meta_email("bob@example.com")}


def test_who_may_not_be_told_of_any_more_leaves_although_the_night_was_not_published(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    cid, dan = person(settings, "cid@example.com"), person(settings, "dan@example.com")
    candidates(settings, ann, bob, cid)
    run(settings, house)
    suppress(settings, "ann@example.com", "opt_out")
    erase(settings, "bob@example.com")
    candidates(settings, cid, dan)
    summary = audiences.withdraw(settings, NEXT, house.destinations("meta"))
    assert (summary["meta"][CARTS]["to_remove"], summary["meta"][CARTS]["to_add"]) == (2, 0)
    assert house.members(CARTS) == {meta_email("cid@example.com")}
    with pytest.raises(Stop, match="not of"):
        audiences.run(settings, NEXT, house.destinations("meta"))
    assert run(settings, house)["to_add"] == 1


def test_withdrawing_removes_nobody_else_and_may_be_repeated(settings, house):
    ann = person(settings, "ann@example.com")
    candidates(settings, ann)
    run(settings, house)
    candidates(settings)
    for _ in range(2):
        audiences.withdraw(settings, NEXT, house.destinations())
    assert house.members(CARTS) == {meta_email("ann@example.com")}
    assert len(actions(settings)) == 1
