"""The journal of the holdout: who was meant to be reached, who was left out, and that nobody ever changes sides."""

from datetime import timedelta

import pytest

from include.activation import audiences, holdout
from include.activation.holdout import is_held_out
from include.privacy.erase import erase
from tests.activation.house import CARTS, DAY, NEXT, candidates, person, publish, rows, stale
from tests.activation.pretend import Places, pretended


@pytest.fixture
def places(monkeypatch) -> Places:
    return pretended(monkeypatch)


def draw(monkeypatch, *held):
    """From now on these keys are drawn into the holdout."""
    monkeypatch.setattr(holdout, "is_held_out", lambda secret, key, share=0.1: key in held)


def journal(settings, audience=CARTS):
    """Customer key → (held out, since)."""
    found = rows(settings, "SELECT * FROM ops.audience_exposure WHERE audience = %s", [audience])
    return {row["customer_key"]: (row["is_held_out"], row["first_eligible_on"]) for row in found}


def renamed(settings, old, new_email):
    """The person has another address now, and so another key."""
    new = person(settings, new_email)
    rows(
        settings,
        "INSERT INTO ops.customer_alias (alias_key, customer_key) VALUES (%s, %s) RETURNING 1",
        [old, new],
    )
    return new


def test_both_sides_are_noted_by_the_same_rule_before_the_split(settings, places, monkeypatch):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    refused = person(settings, "cid@example.com", consents=False)
    draw(monkeypatch, bob, refused)
    candidates(settings, ann, bob, refused)
    told = audiences.run(settings, DAY, places.connected("meta"))["meta"][CARTS]
    assert journal(settings) == {ann: (False, DAY), bob: (True, DAY)}
    assert (told["held_out"], told["not_allowed"], told["in_audience"]) == (1, 1, 1)


def test_the_first_day_stays(settings, places):
    ann = person(settings, "ann@example.com")
    candidates(settings, ann)
    audiences.run(settings, DAY, places.connected("meta"))
    publish(settings, NEXT)
    candidates(settings, ann, day=NEXT)
    audiences.run(settings, NEXT, places.connected("meta"))
    assert {since for _, since in journal(settings).values()} == {DAY}


def test_nobody_changes_sides_with_a_new_address(settings, places, monkeypatch):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    draw(monkeypatch, bob)
    candidates(settings, ann, bob)
    audiences.run(settings, DAY, places.connected("meta"))
    ann_now, bob_now = renamed(settings, ann, "ann@new.example"), renamed(settings, bob, "bob@new.example")
    draw(monkeypatch, ann_now)
    publish(settings, NEXT)
    candidates(settings, ann_now, bob_now, day=NEXT)
    audiences.run(settings, NEXT, places.connected("meta"))
    assert journal(settings) == {ann_now: (False, DAY), bob_now: (True, DAY)}
    assert places.meta.members(CARTS) == {"ann@new.example"}


def test_another_audience_finds_people_on_the_side_they_are_on(settings, places, monkeypatch):
    bob = person(settings, "bob@example.com")
    draw(monkeypatch, bob)
    candidates(settings, bob)
    audiences.run(settings, DAY, places.connected("meta"))
    draw(monkeypatch)
    candidates(settings, bob, audience="post_purchase")
    audiences.run(settings, DAY, places.connected())
    assert journal(settings, "post_purchase") == {bob: (True, DAY)}
    assert places.lists("post_purchase") == [set()] * 3


def test_two_entries_of_one_person_become_the_older_one(settings, places):
    ann = person(settings, "ann@example.com")
    rows(
        settings,
        "INSERT INTO ops.audience_exposure (audience, customer_key, is_held_out, first_eligible_on) VALUES"
        " (%(audience)s, 'a', true, %(day)s - 2), (%(audience)s, 'b', false, %(day)s - 1),"
        " (%(audience)s, %(ann)s, false, %(day)s) RETURNING 1",
        {"audience": CARTS, "day": DAY, "ann": ann},
    )
    rows(
        settings,
        "INSERT INTO ops.customer_alias (alias_key, customer_key) VALUES ('a', %(ann)s), ('b', %(ann)s) RETURNING 1",
        {"ann": ann},
    )
    candidates(settings, ann)
    audiences.run(settings, DAY, places.connected("meta"))
    assert journal(settings) == {ann: (True, DAY - timedelta(days=2))}
    assert places.meta.members(CARTS) == set()


def test_who_only_watches_and_who_waits_for_a_source_treats_nobody(settings, places):
    candidates(settings, person(settings, "ann@example.com"))
    audiences.run(settings, DAY, places.connected(mode="observe"))
    stale(settings, "act_audience_member", "shopify.orders")
    audiences.run(settings, DAY, places.connected())
    assert journal(settings) == {}


def test_an_erased_person_is_in_no_journal_and_does_not_return_to_it(settings, places):
    ann = person(settings, "ann@example.com")
    candidates(settings, ann)
    audiences.run(settings, DAY, places.connected())
    erase(settings, "ann@example.com")
    assert journal(settings) == {}
    candidates(settings, ann)
    audiences.run(settings, DAY, places.connected())
    assert journal(settings) == {}


def test_the_draw_itself_is_what_the_journal_starts_from(settings, places):
    secret = holdout.secret(settings)
    people = [person(settings, f"p{n}@example.com") for n in range(30)]
    candidates(settings, *people)
    audiences.run(settings, DAY, places.connected("meta"))
    assert {key: side for key, (side, _) in journal(settings).items()} == {
        key: is_held_out(secret, key) for key in people
    }
