"""An erasure or an opt-out is done when no platform's list holds the person, and not before."""

from dataclasses import replace

import pytest

from include.activation import audiences, holdout
from include.errors import NightshiftError
from include.privacy.hashing import meta_email
from include.privacy.requests import answer_open, requests, take_request
from tests.activation.house import CARTS, DAY, candidates, person, rows

ANN, BOB = "ann@example.com", "bob@example.com"
PURPOSES = ("ads", "email")


@pytest.fixture(autouse=True)
def nobody_held_out(monkeypatch):
    monkeypatch.setattr(holdout, "is_held_out", lambda key, customer_key, share=0.1: False)


def on_lists(house) -> list[int]:
    """How many members each platform's list has."""
    return [len(house.members(CARTS, what)) for what in ("audiences", "google-audiences", "klaviyo-lists")]


def sent(settings, house):
    """Ann and Bob in the lists of all three platforms."""
    keys = [person(settings, email, purposes=PURPOSES) for email in (ANN, BOB)]
    candidates(settings, *keys)
    audiences.run(settings, DAY, three(house))
    assert on_lists(house) == [2, 2, 2]
    return keys


def three(house):
    return house.destinations("meta", "google_data_manager", "klaviyo")


def signed_out_of_meta(house):
    meta = house.destinations("meta")["meta"]
    return {"meta": replace(meta, credentials={**meta.credentials, "password": "stolen-token"})}


@pytest.mark.parametrize("kind", ["erasure", "opt_out"])
def test_a_request_waits_for_every_platform_and_is_done_when_all_have_confirmed(settings, house, kind):
    ann, _ = sent(settings, house)
    take_request(settings, kind, ANN)
    assert answer_open(settings) == 0
    (one,) = requests(settings)
    assert one.waiting_for == "google_data_manager, klaviyo, meta to take the person out of its lists"
    with pytest.raises(NightshiftError):
        audiences.withdraw(settings, DAY, three(house) | signed_out_of_meta(house))
    assert answer_open(settings) == 0
    assert requests(settings)[0].waiting_for == "meta to take the person out of its lists"
    audiences.withdraw(settings, DAY, three(house))
    assert answer_open(settings, "run 3") == 1, requests(settings)[0].waiting_for
    assert on_lists(house) == [1, 1, 1]
    (one,) = requests(settings)
    assert (one.who, one.waiting_for) == (None, None)
    if kind == "erasure":
        left = rows(settings, "SELECT payload, consent FROM ops.action") + rows(
            settings, "SELECT * FROM pii.audience_handle"
        )
        assert ann not in str(left)
        assert one.proof["searched"]["found"] == 0


def test_who_opted_out_is_not_sent_again_by_the_next_night(settings, house):
    ann, bob = sent(settings, house)
    take_request(settings, "opt_out", ANN)
    answer_open(settings)
    candidates(settings, ann, bob)
    audiences.run(settings, DAY, three(house))
    assert on_lists(house) == [1, 1, 1]
    assert house.members(CARTS) == {meta_email(BOB)}
    assert answer_open(settings) == 1


def test_a_list_at_a_platform_that_is_not_connected_any_more_keeps_the_request_open(settings, house):
    sent(settings, house)
    take_request(settings, "erasure", ANN)
    answer_open(settings)
    audiences.withdraw(settings, DAY, house.destinations("meta", "klaviyo"))
    assert answer_open(settings) == 0
    assert requests(settings)[0].waiting_for.startswith("google_data_manager to take")


def test_a_platform_that_refuses_is_told_of_without_the_person_or_the_token(settings, house):
    sent(settings, house)
    take_request(settings, "erasure", ANN)
    answer_open(settings)
    with pytest.raises(NightshiftError) as refused:
        audiences.withdraw(settings, DAY, signed_out_of_meta(house))
    text = str(refused.value) + str(rows(settings, "SELECT last_error FROM ops.action"))
    for secret in ("stolen-token", ANN, meta_email(ANN)):
        assert secret not in text
