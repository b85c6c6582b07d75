"""Several platforms at once: each its own consent, its own pace and its own troubles."""

from datetime import UTC, datetime, timedelta

import pytest

from include.activation import audiences, handover, holdout
from include.activation.destinations.base import Settled
from include.errors import Stop, Wait
from include.privacy.consent import record_consent
from include.privacy.erase import erase
from include.privacy.suppression import suppress
from tests.activation.house import CARTS, DAY, NEXT, actions, candidates, person, publish, rows
from tests.activation.pretend import PENDING, Places, pretended

ANN, BOB = "ann@example.com", "bob@example.com"
BOTH = ("ads", "email")


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    """The holdout has its own test; here everybody counts."""
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


@pytest.fixture
def places(monkeypatch) -> Places:
    return pretended(monkeypatch)


def run(settings, places, *names, day=DAY, **options):
    return audiences.run(settings, day, places.connected(*names, **options))


def next_night(settings, *keys):
    publish(settings, NEXT)
    candidates(settings, *keys, day=NEXT)


def say_no(settings, key, purpose):
    record_consent(settings, key, purpose, False, "shopify", datetime(2026, 3, 1, tzinfo=UTC))


def test_each_platform_gets_whom_its_own_purpose_allows(settings, places):
    ann = person(settings, ANN, purposes=("ads",))
    bob = person(settings, BOB, purposes=("email",))
    candidates(settings, ann, bob)
    summary = run(settings, places)
    assert places.lists(CARTS) == [{ANN}, {ANN}, {BOB}]
    assert {name: told[CARTS]["not_allowed"] for name, told in summary.items()} == {
        "meta": 1, "google_data_manager": 1, "klaviyo": 1,
    }  # fmt: skip
    assert {action["consent"]["purpose"] for action in actions(settings)} == {"ads", "email"}


def test_opting_out_of_ads_leaves_mail_alone_and_unsubscribing_leaves_ads_alone(settings, places):
    ann, bob = person(settings, ANN, purposes=BOTH), person(settings, BOB, purposes=BOTH)
    candidates(settings, ann, bob)
    run(settings, places)
    say_no(settings, ann, "ads")
    say_no(settings, bob, "email")
    run(settings, places)
    assert places.lists(CARTS) == [{BOB}, {BOB}, {ANN}]


def test_the_same_night_twice_tells_nobody_anything_new(settings, places):
    candidates(settings, person(settings, ANN, purposes=BOTH))
    run(settings, places)
    run(settings, places)
    assert places.calls == [["add 1"]] * 3


def test_a_new_platform_and_a_new_audience_start_filling(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    run(settings, places, "meta")
    assert places.lists(CARTS) == [{ANN}, set(), set()]
    run(settings, places)
    assert places.lists(CARTS) == [{ANN}] * 3
    candidates(settings, ann, audience="post_purchase")
    run(settings, places)
    assert places.lists("post_purchase") == [{ANN}] * 3
    assert places.lists(CARTS) == [set()] * 3


def test_a_disconnected_platform_is_left_alone(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    run(settings, places)
    candidates(settings)
    run(settings, places, "meta", "klaviyo")
    assert places.lists(CARTS) == [set(), {ANN}, set()]


def test_the_outage_of_one_platform_does_not_touch_the_others(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    places.google.is_down = True
    with pytest.raises(Wait, match="down"):
        run(settings, places)
    assert places.lists(CARTS) == [{ANN}, set(), {ANN}]
    places.google.is_down = False
    run(settings, places)
    assert places.lists(CARTS) == [{ANN}] * 3
    assert [len(calls) for calls in places.calls] == [1, 1, 1]


def test_an_unforeseen_error_at_one_platform_does_not_touch_the_others(settings, places, monkeypatch):
    candidates(settings, person(settings, ANN, purposes=BOTH))
    monkeypatch.setattr(places.meta, "prepare", lambda *given: {}["surprise"])
    with pytest.raises(Stop, match="audience_batch to meta: unforeseen KeyError"):
        run(settings, places)
    assert places.lists(CARTS) == [set(), {ANN}, {ANN}]


def test_people_of_a_list_nobody_is_wished_for_in_any_more_leave(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    run(settings, places)
    rows(settings, "UPDATE ops.audience_member SET audience = 'retired' RETURNING 1")
    for one in (places.meta, places.google, places.klaviyo):
        one.lists["retired"] = one.lists.pop(CARTS)
    candidates(settings)
    run(settings, places)
    assert places.lists("retired") == [set()] * 3


def test_an_accepted_batch_is_asked_after_and_confirmed_the_next_run(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    places.google.answers = [PENDING, PENDING]
    summary = run(settings, places, "google_data_manager")["google_data_manager"][CARTS]
    assert (summary["in_audience"], summary["unsettled"]) == (0, 1)
    [action] = actions(settings)
    assert (action["status"], action["last_error"]) == ("sending", "accepted, not settled yet")
    next_night(settings, ann)
    summary = run(settings, places, "google_data_manager", day=NEXT)["google_data_manager"][CARTS]
    assert (summary["in_audience"], summary["unsettled"]) == (1, 0)
    assert (places.google.calls, places.google.members(CARTS)) == (["add 1"], {ANN})
    [action] = actions(settings)
    assert (action["status"], action["possibly_repeated"]) == ("confirmed", False)
    assert action["consent"]["said"].keys() == {ann}


def test_patience_settles_it_in_the_same_run(settings, places, monkeypatch):
    monkeypatch.setattr(handover, "FIRST_PAUSE", 0.01)
    candidates(settings, person(settings, ANN))
    places.google.answers = [PENDING] * 4
    summary = run(settings, places, "google_data_manager", patience_seconds=5)
    assert summary["google_data_manager"][CARTS]["in_audience"] == 1


def test_who_says_no_while_an_addition_is_under_way_is_removed_before_and_after_it(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    say_no(settings, ann, "ads")
    places.google.answers = [PENDING, Settled("done"), PENDING]  # still under way, removed, still under way
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 1", "remove 1"]
    run(settings, places, "google_data_manager")  # the addition comes through at last
    assert places.google.members(CARTS) == set()
    assert places.google.calls == ["add 1", "remove 1", "remove 1"]
    assert rows(settings, "SELECT * FROM ops.audience_member") == []


def test_a_removal_under_way_is_not_sent_twice_and_wanted_people_wait_for_it(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    run(settings, places, "google_data_manager")
    candidates(settings)
    places.google.answers = [PENDING] * 3
    run(settings, places, "google_data_manager")
    candidates(settings, ann)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 1", "remove 1"]
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 1", "remove 1", "add 1"]
    assert places.google.members(CARTS) == {ANN}


def test_a_batch_that_nobody_settles_for_days_is_sent_anew(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    late = DAY + timedelta(days=3)
    publish(settings, late)
    candidates(settings, ann, day=late)
    places.google.answers = [PENDING]
    with pytest.raises(Stop, match="never settled"):
        run(settings, places, "google_data_manager", day=late)
    assert places.google.members(CARTS) == {ANN}
    assert places.google.calls == ["add 1", "add 1"]


def test_a_batch_taken_in_part_is_sent_once_more_and_then_told(settings, places):
    candidates(settings, person(settings, ANN))
    places.google.answers = [Settled("partial", "2 of 3 refused")] * 2
    run(settings, places, "google_data_manager")
    assert places.google.calls == ["add 1", "add 1"]
    [action] = actions(settings)
    assert (action["status"], action["receipt"]["refused"]) == ("confirmed", "2 of 3 refused")


def test_a_removal_taken_in_part_is_loud_and_tried_again(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    run(settings, places, "google_data_manager")
    candidates(settings)
    places.google.answers = [Settled("partial", "1 of 1 refused")] * 2
    with pytest.raises(Stop, match="not everybody was removed: 1 of 1 refused"):
        run(settings, places, "google_data_manager")
    run(settings, places, "google_data_manager")
    assert places.google.members(CARTS) == set()


def test_a_batch_that_failed_after_being_accepted_is_loud_and_tried_again(settings, places):
    candidates(settings, person(settings, ANN))
    places.google.answers = [PENDING, Settled("failed", "the list was deleted")]
    with pytest.raises(Stop, match="the list was deleted"):
        run(settings, places, "google_data_manager")
    run(settings, places, "google_data_manager")
    assert places.google.members(CARTS) == {ANN}


def test_an_erased_person_leaves_every_platform_and_then_nothing_is_left_of_them(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    run(settings, places)
    erase(settings, ANN)
    assert len(rows(settings, "SELECT * FROM pii.audience_handle")) == 3
    candidates(settings)
    run(settings, places)
    assert places.lists(CARTS) == [set()] * 3
    for table in ("ops.audience_member", "ops.audience_exposure", "pii.audience_handle"):
        assert rows(settings, f"SELECT * FROM {table}") == []
    assert ann not in str(actions(settings))


def test_an_erasure_while_a_batch_is_under_way_leaves_no_key_behind(settings, places):
    ann = person(settings, ANN)
    candidates(settings, ann)
    places.google.answers = [PENDING] * 2
    run(settings, places, "google_data_manager")
    erase(settings, ANN)
    candidates(settings)
    run(settings, places, "google_data_manager")
    run(settings, places, "google_data_manager")
    assert places.google.members(CARTS) == set()
    assert ann not in str(actions(settings))
    assert rows(settings, "SELECT * FROM pii.audience_handle") == []


def test_somebody_suppressed_leaves_every_platform_also_when_sources_are_stale(settings, places):
    ann = person(settings, ANN, purposes=BOTH)
    candidates(settings, ann)
    run(settings, places)
    suppress(settings, ANN, "opt_out")
    rows(
        settings,
        "INSERT INTO mart.freshness (mart_name, as_of_day, stale_streams, is_stale)"
        " VALUES ('act_audience_member', %s, 'shopify.orders', true) RETURNING 1",
        [DAY],
    )
    run(settings, places)
    assert places.lists(CARTS) == [set()] * 3


def test_a_stale_stream_stops_only_the_audiences_that_rest_on_it(settings, places):
    ann = person(settings, ANN)
    rows(
        settings,
        "INSERT INTO mart.freshness (mart_name, as_of_day, stale_streams, is_stale)"
        " VALUES ('act_audience_member', %s, 'klaviyo.events, amazon.orders', true) RETURNING 1",
        [DAY],
    )
    candidates(settings, ann)
    assert not run(settings, places, "meta")["meta"][CARTS]["stale"]
    candidates(settings, ann, audience="viewed_not_bought")
    assert run(settings, places, "meta")["meta"]["viewed_not_bought"]["stale"]
    assert places.meta.members("viewed_not_bought") == set()
