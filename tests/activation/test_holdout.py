"""The holdout is a stable tenth of the people, the same everywhere, and never reaches a platform."""

from include.activation import audiences, holdout
from include.privacy.hashing import meta_email
from tests.activation.house import DAY, fill, person


def test_it_is_a_tenth_and_stays_the_same():
    keys = [f"{n:032x}" for n in range(20_000)]
    held = {key for key in keys if holdout.is_held_out(b"secret", key)}
    assert 0.09 < len(held) / len(keys) < 0.11
    assert held == {key for key in keys if holdout.is_held_out(b"secret", key)}
    assert held != {key for key in keys if holdout.is_held_out(b"other", key)}


def test_its_secret_is_made_once(settings):
    assert holdout.secret(settings) == holdout.secret(settings)


def test_platforms_get_another_name_for_each_person():
    names = {holdout.external_id(b"secret", place, "key") for place in ("meta", "google")}
    assert len(names) == 2
    assert "key" not in names


def test_held_out_people_are_in_no_audience(settings, house):
    secret = holdout.secret(settings)
    people = {person(settings, f"p{n}@example.com"): f"p{n}@example.com" for n in range(40)}
    held = {key for key in people if holdout.is_held_out(secret, key)}
    rows = [
        {"audience": audience, "customer_key": key, "value_amount": 1, "as_of_day": DAY}
        for audience in audiences.AUDIENCES
        for key in people
    ]
    fill(settings, "act.act_audience_member", *rows)
    summary = audiences.run(settings, DAY, house.destinations("meta"))["meta"]
    assert {one["held_out"] for one in summary.values()} == {len(held)}
    for audience in audiences.AUDIENCES:
        assert house.members(audience) == {meta_email(people[key]) for key in people.keys() - held}
