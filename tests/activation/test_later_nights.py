"""What was decided one night and leaves another: nobody is added on an old decision, and removals never wait."""

import pytest

from include.activation import audiences, holdout, ledger
from include.activation.destinations.base import Settled, Unsure
from include.activation.update import Update
from include.errors import Stop, Wait
from include.privacy.erase import erase
from include.privacy.suppression import suppress
from tests.activation.house import CARTS, DAY, NEXT, actions, candidates, person, publish, rows, stale
from tests.activation.pretend import PENDING, Places, pretended

ANN, BOB = "ann@example.com", "bob@example.com"


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    """The holdout has its own test; here everybody counts."""
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


@pytest.fixture
def places(monkeypatch) -> Places:
    return pretended(monkeypatch)


def run(settings, places, *names, day=DAY, **options):
    return audiences.run(settings, day, places.connected(*(names or ("meta",)), **options))


def next_night(settings, *keys):
    publish(settings, NEXT)
    candidates(settings, *keys, day=NEXT)


def approved(settings, places, *keys):
    """A proposal of these people that somebody said yes to after the night was over."""
    candidates(settings, *keys)
    run(settings, places, mode="propose")
    [action] = actions(settings)
    ledger.approve(settings, action["action_id"], "cid")


def test_a_yes_of_yesterday_adds_nobody_who_is_not_wished_for_tonight(settings, places):
    ann, bob = person(settings, ANN), person(settings, BOB)
    approved(settings, places, ann, bob)
    next_night(settings, bob)
    run(settings, places, mode="propose", day=NEXT)
    assert places.meta.members(CARTS) == {BOB}
    assert {row["customer_key"] for row in rows(settings, "SELECT * FROM ops.audience_member")} == {bob}
    assert actions(settings)[0]["consent"]["said"].keys() == {bob}


def test_a_yes_of_yesterday_waits_while_a_source_is_stale(settings, places):
    ann = person(settings, ANN)
    approved(settings, places, ann)
    stale(settings, "act_audience_member", "shopify.orders")
    run(settings, places, mode="propose")
    assert places.meta.members(CARTS) == set()
    rows(settings, "DELETE FROM mart.freshness RETURNING 1")
    run(settings, places, mode="propose")
    assert places.meta.members(CARTS) == {ANN}


def test_a_second_try_leaves_out_who_was_removed_meanwhile(settings, places):
    ann, bob = person(settings, ANN), person(settings, BOB)
    candidates(settings, ann, bob)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    candidates(settings, bob)
    partial = Settled("partial", "1 of 2 is not there")
    places.google.answers = [PENDING, Settled("done"), partial]  # under way, the removal, then the addition
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 2", "remove 1", "add 1"]
    assert places.google.members(CARTS) == {BOB}


@pytest.mark.parametrize("mode", ["observe", "propose"])
def test_what_did_not_leave_obeys_a_mode_that_was_changed_since(settings, places, mode):
    candidates(settings, person(settings, ANN))
    places.meta.is_down = True
    with pytest.raises(Wait):
        run(settings, places)
    places.meta.is_down = False
    run(settings, places, mode=mode)
    assert places.meta.members(CARTS) == set()
    assert [action["mode"] for action in actions(settings)] == [mode]


def test_removals_leave_although_an_older_batch_cannot_be_asked_after(settings, places, monkeypatch):
    ann, bob = person(settings, ANN), person(settings, BOB)
    candidates(settings, ann)
    run(settings, places)
    places.meta.answers = [PENDING] * 2
    candidates(settings, ann, bob)
    run(settings, places)

    def surprised(answer, ask=places.meta.settled):
        return {}["surprise"] if answer == {"batch": 1} else ask(answer)

    monkeypatch.setattr(places.meta, "settled", surprised)
    candidates(settings, bob)
    with pytest.raises(Stop, match="unforeseen KeyError"):
        run(settings, places)
    assert ANN not in places.meta.members(CARTS)


def test_a_batch_that_cannot_be_asked_after_for_days_is_sent_anew(settings, places, monkeypatch):
    ann = person(settings, ANN)
    candidates(settings, ann)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    late = DAY.replace(day=DAY.day + 3)
    publish(settings, late)
    candidates(settings, ann, day=late)
    settled = places.google.settled

    def silent(answer):
        if answer == {"batch": 0}:
            raise Wait("no answer")
        return settled(answer)

    monkeypatch.setattr(places.google, "settled", silent)
    with pytest.raises(Stop, match="never settled"):
        run(settings, places, "google_data_manager", day=late)
    assert places.google.calls == ["add 1", "add 1"]
    assert places.google.members(CARTS) == {ANN}


def test_who_is_erased_while_others_are_removed_is_in_no_journal(settings, places, monkeypatch):
    candidates(settings, person(settings, ANN))
    remove = Update.remove

    def then_erased(self):
        remove(self)
        erase(settings, ANN)

    monkeypatch.setattr(Update, "remove", then_erased)
    run(settings, places)
    assert rows(settings, "SELECT * FROM ops.audience_exposure") == []
    assert rows(settings, "SELECT * FROM ops.audience_member WHERE desired") == []


def test_people_left_at_a_platform_that_is_not_connected_are_told_of(settings, places, caplog):
    candidates(settings, person(settings, ANN))
    run(settings, places, "meta", "google_data_manager")
    summary = run(settings, places, "meta")
    assert summary["google_data_manager"] == {CARTS: {"in_audience": 1, "not_connected": True}}
    assert "google_data_manager is not connected, and 1 people may be in its lists" in caplog.text
    assert set(run(settings, places, "meta", "google_data_manager")["google_data_manager"][CARTS]) > {
        "to_add"
    }


def test_a_removal_is_repeated_when_a_lost_addition_may_still_arrive(settings, places, monkeypatch):
    """The platform took the batch, its answer was lost, and it applies the batch only after the removal."""
    ann = person(settings, ANN)
    candidates(settings, ann)

    def lost(*given):
        raise Unsure("the answer was lost")

    with monkeypatch.context() as broken:
        broken.setattr(places.meta, "add", lost)
        with pytest.raises(Wait):
            run(settings, places)
    candidates(settings)
    run(settings, places)
    places.meta.lists[CARTS].add(f"sent {ANN}")
    run(settings, places)
    assert places.meta.members(CARTS) == set()
    run(settings, places)
    assert places.meta.calls == ["remove 1", "remove 1"]
    assert rows(settings, "SELECT * FROM ops.audience_member") == []


def test_a_second_try_that_nobody_is_left_for_is_none(settings, places):
    candidates(settings, person(settings, ANN))
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    suppress(settings, ANN, "opt_out")
    places.google.answers = [Settled("partial", "1 of 1 is not there")]
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 1", "remove 1"]
    assert {action["status"] for action in actions(settings)} == {"confirmed"}
