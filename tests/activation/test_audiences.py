"""Audiences: who may be there is there, who may not is gone, and nobody is told of twice."""

from datetime import UTC, datetime

import pytest
import requests

from include.activation import audiences, holdout
from include.activation.destinations.meta import Meta
from include.activation.update import Update
from include.errors import Stop, Wait
from include.privacy.consent import record_consent
from include.privacy.hashing import meta_email, meta_phone
from include.privacy.suppression import suppress
from tests.activation.house import CARTS, DAY, actions, candidates, fill, person, rows, stale


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    """The holdout has its own test; here everybody counts."""
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("include.clients.session.backoff", lambda tries, clock: 0.0)


def run(settings, house, **more):
    return audiences.run(settings, DAY, house.destinations("meta"), **more)["meta"][CARTS]


def fault(house, **what):
    requests.post(f"{house.running.url}/_sandbox/faults", json={"vendor": "meta", **what}, timeout=5)


def test_consenting_people_are_added_by_hash_with_evidence(settings, house):
    ann = person(settings, "Ann@Example.com", phone="+1 (650) 555-1212")
    bob = person(settings, "bob@example.com", consents=False)
    candidates(settings, ann, bob, "nobody-we-know")
    summary = run(settings, house)
    assert (summary["candidates"], summary["not_allowed"], summary["in_audience"]) == (3, 2, 1)
    assert house.members(CARTS) == {meta_email("ann@example.com"), meta_phone("16505551212", "US")}
    [action] = actions(settings)
    assert action["consent"]["said"].keys() == {ann}
    assert action["receipt"]["num_received"] == 1
    assert "ann@example.com" not in str(action).lower()


def test_the_same_night_again_changes_nothing(settings, house):
    candidates(settings, person(settings, "ann@example.com"))
    run(settings, house)
    again = run(settings, house)
    assert (again["to_add"], again["to_remove"], len(actions(settings))) == (0, 0, 1)


def test_opting_out_removes_even_when_a_source_is_stale(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    cid = person(settings, "cid@example.com")
    candidates(settings, ann, bob)
    run(settings, house)
    record_consent(settings, ann, "ads", False, "shopify", datetime(2026, 3, 1, tzinfo=UTC))
    stale(settings, "act_audience_member", "shopify.orders")
    candidates(settings, ann, bob, cid)
    summary = run(settings, house)
    assert (summary["to_remove"], summary["to_add"], summary["stale"]) == (1, 0, True)
    assert house.members(CARTS) == {meta_email("bob@example.com")}


def test_suppressed_and_bought_and_dropped_people_leave(settings, house):
    ann, bob, cid, dan = (person(settings, f"{name}@example.com") for name in ("ann", "bob", "cid", "dan"))
    candidates(settings, ann, bob, cid, dan)
    run(settings, house)
    suppress(settings, "ann@example.com", "opt_out")
    candidates(settings, ann, bob, dan)
    summary = run(settings, house, recent_buyers=lambda: {bob})
    assert (summary["to_remove"], summary["bought_since"]) == (3, 1)
    assert house.members(CARTS) == {meta_email("dan@example.com")}
    assert rows(settings, "SELECT customer_key FROM ops.audience_member") == [{"customer_key": dan}]


def test_who_withdraws_between_planning_and_sending_is_not_sent(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann, bob)
    fault(house, kind="down", path="/customaudiences")
    with pytest.raises(Wait):
        run(settings, house)
    record_consent(settings, ann, "ads", False, "shopify", datetime(2026, 3, 1, tzinfo=UTC))
    requests.delete(f"{house.running.url}/_sandbox/faults", timeout=5)
    run(settings, house)
    assert house.members(CARTS) == {meta_email("bob@example.com")}


def test_who_withdraws_during_the_very_sending_is_not_sent(settings, house, monkeypatch):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann, bob)
    plan = Update._plan_additions

    def plan_then_withdraw(self, *arguments):
        result = plan(self, *arguments)
        record_consent(settings, ann, "ads", False, "shopify", datetime(2026, 3, 1, tzinfo=UTC))
        return result

    monkeypatch.setattr(Update, "_plan_additions", plan_then_withdraw)
    run(settings, house)
    assert house.members(CARTS) == {meta_email("bob@example.com")}
    assert actions(settings)[0]["consent"]["asked"] == 2
    assert actions(settings)[0]["consent"]["granted"] == 1


@pytest.mark.parametrize("kind", ["truncate", "reset", "500"])
def test_a_lost_answer_leaves_nobody_behind(settings, house, kind):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann, bob)
    fault(house, kind=kind, path="/users", times=20)
    with pytest.raises(Wait):
        run(settings, house)
    requests.delete(f"{house.running.url}/_sandbox/faults", timeout=5)
    candidates(settings, bob)
    run(settings, house)
    assert house.members(CARTS) == {meta_email("bob@example.com")}


def test_nobody_is_added_while_removals_fail(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann)
    run(settings, house)
    candidates(settings, bob)
    fault(house, kind="down", path="DELETE")
    with pytest.raises(Wait):
        run(settings, house)
    assert house.members(CARTS) == {meta_email("ann@example.com")}
    requests.delete(f"{house.running.url}/_sandbox/faults", timeout=5)
    run(settings, house)
    assert house.members(CARTS) == {meta_email("bob@example.com")}


def test_when_the_shop_does_not_answer_nobody_is_added_but_removals_run(settings, house):
    ann, bob = person(settings, "ann@example.com"), person(settings, "bob@example.com")
    candidates(settings, ann)
    run(settings, house)
    candidates(settings, bob)

    def away():
        raise Wait("the shop is away")

    summary = run(settings, house, recent_buyers=away)
    assert (summary["stale"], summary["to_remove"]) == (True, 1)
    assert house.members(CARTS) == set()


def test_additions_are_capped_by_night_and_go_on_the_next(settings, house, monkeypatch):
    monkeypatch.setattr("include.activation.update.FEWEST_CAPPED", 1)
    people = [person(settings, f"p{n}@example.com") for n in range(5)]
    candidates(settings, *people[:2])
    run(settings, house)
    candidates(settings, *people)
    assert run(settings, house)["deferred"] == 2
    assert house.members(CARTS) == {meta_email(f"p{n}@example.com") for n in range(3)}
    run(settings, house)
    run(settings, house)
    assert len(house.members(CARTS)) == 5


def test_big_changes_go_in_batches(settings, house, monkeypatch):
    monkeypatch.setattr(Meta, "batch", 2)
    people = [person(settings, f"p{n}@example.com") for n in range(5)]
    candidates(settings, *people)
    run(settings, house)
    assert [action["payload"]["customers"] for action in actions(settings)] == [2, 2, 1]
    candidates(settings)
    assert run(settings, house)["to_remove"] == 5
    assert house.members(CARTS) == set()


def test_somebody_who_returns_the_same_day_is_added_again(settings, house):
    ann = person(settings, "ann@example.com")
    for wished in ([ann], [], [ann]):
        candidates(settings, *wished)
        run(settings, house)
    assert house.members(CARTS) == {meta_email("ann@example.com")}


def test_an_observing_account_hears_of_nobody(settings, house):
    candidates(settings, person(settings, "ann@example.com"))
    audiences.run(settings, DAY, house.destinations("meta", mode="observe"))
    assert house.sent("audiences") == []
    assert [action["status"] for action in actions(settings)] == ["proposed"]


def test_candidates_of_another_day_are_refused(settings, house):
    fill(
        settings,
        "act.act_audience_member",
        {"audience": CARTS, "customer_key": "k", "as_of_day": "2026-03-01"},
    )
    with pytest.raises(Stop, match="not of 2026-03-09"):
        run(settings, house)
