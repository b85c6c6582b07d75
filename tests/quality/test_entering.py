"""The gate of the entering holds what is not fit to build from; real Great Expectations."""

from datetime import date, timedelta

import great_expectations.expectations as gxe
import pytest

from expectations import entering
from expectations.check import Check
from include import quality
from include.errors import GateFailed
from include.privacy.erase import erase
from include.profile.loads import profile
from include.warehouse import build as builds
from include.warehouse.build import holding_build
from include.warehouse.connect import connect
from include.warehouse.nights import release_load
from tests.privacy.helpers import key_of, person
from tests.quality.loads import NIGHT, frozen, load_of_trackers
from tests.warehouse.helpers import DAY, line, load


def test_a_bad_load_is_held_with_its_reason_and_a_good_one_goes_on(warehouse, superuser, build_id):
    good = load_of_trackers(superuser, build_id, ["delivered", "in_transit"])
    torn = load_of_trackers(superuser, build_id, ["delivered"], complete=False, run_id="torn")
    strange = load_of_trackers(superuser, build_id, ["teleported"] * 5, run_id="strange")
    short = load_of_trackers(superuser, build_id, ["delivered"] * 3, source_total=400, run_id="short")

    held = quality.check_entering(warehouse, build_id)

    assert frozen(superuser, build_id) == {good}
    assert len(held) == 3
    reasons = dict(superuser.execute("select load_id, status_reason from raw.load_log where status = 'held'"))
    assert set(reasons) == {torn, strange, short}
    assert "complete" in reasons[torn]
    assert "status" in reasons[strange]
    assert "source_total" in reasons[short]
    assert quality.data_docs(warehouse, "entering").exists()


def test_a_stream_a_tenth_as_long_as_usual_is_held_once_there_is_a_history(warehouse, superuser, build_id):
    for night in range(14, 0, -1):
        load_of_trackers(
            superuser, build_id, ["delivered"] * 20, run_id=f"night-{night}",
            window_start=NIGHT - timedelta(days=night + 1), window_end=NIGHT - timedelta(days=night),
        )  # fmt: skip
    superuser.execute("update ops.build_load set is_new = false")
    tenth = load_of_trackers(superuser, build_id, ["delivered"] * 2, run_id="tonight")
    # of a past day a log tells only what has not changed since: no night to compare it with
    load_of_trackers(superuser, build_id, ["delivered"] * 2, run_id="past", mode="backfill")

    (held,) = quality.check_entering(warehouse, build_id)

    assert f"load {tenth} of easypost.trackers (easypost) is held" in held
    assert "the number of records is 2, usually 20" in held
    assert held.endswith(f"make release LOAD={tenth}")


def test_what_a_shop_tells_for_the_first_time_is_counted_apart_from_what_it_tells_again(warehouse):
    def told(*scopes):
        return [line(scope, {"id": scope, "updatedAt": str(NIGHT), "night": len(scopes)}) for scope in scopes]

    first = load(warehouse, told("1", "2"), stream="customers").load_id
    again = load(warehouse, told("1", "2", "3"), stream="customers").load_id
    with holding_build(warehouse, DAY) as build:
        profile(warehouse, build)
    with connect(warehouse, "transformer") as conn:
        known = conn.execute("select load_id, measures -> 'first_told' from ops.load_profile").fetchall()
    assert dict(known) == {first: 2, again: 1}


def test_what_a_person_released_is_not_held_again(warehouse, superuser, build_id):
    strange = load_of_trackers(superuser, build_id, ["teleported"] * 5)
    assert len(quality.check_entering(warehouse, build_id)) == 1
    release_load(warehouse, strange, "the carrier has a new word")

    builds.fail(warehouse, build_id, "held")
    second = builds.freeze(warehouse, date(2026, 3, 1))
    assert quality.check_entering(warehouse, second) == []
    assert frozen(superuser, second) == {strange}


def test_what_could_not_be_checked_stops_the_night(warehouse, superuser, build_id, monkeypatch):
    load_of_trackers(superuser, build_id, ["delivered"])
    broken = Check("broken", "select 1 as load_id, 'x'::text as n", "load_id",
                   (gxe.ExpectColumnValuesToBeBetween(column="missing", max_value=1),))  # fmt: skip
    monkeypatch.setattr(entering, "CHECKS", (broken,))
    with pytest.raises(GateFailed, match="could not be checked"):
        quality.check_entering(warehouse, build_id)


def test_of_few_records_none_or_a_handful_is_as_usual(warehouse, superuser, build_id):
    """A seller with one bad rating a month has months without any: no reason to hold the night."""
    for night in range(14, 0, -1):
        load_of_trackers(
            superuser, build_id, ["delivered"], run_id=f"night-{night}",
            window_start=NIGHT - timedelta(days=night + 1), window_end=NIGHT - timedelta(days=night),
        )  # fmt: skip
    superuser.execute("update ops.build_load set is_new = false")
    load_of_trackers(superuser, build_id, [], run_id="none")
    load_of_trackers(superuser, build_id, ["delivered"] * 6, run_id="six")
    assert quality.check_entering(warehouse, build_id) == []


def test_a_vendor_that_still_counts_an_erased_person_does_not_have_its_load_held(warehouse):
    ann, bob = "ann@example.com", "bob@example.com"
    records = [
        line(
            f"gid://shopify/Customer/{n}",
            {"id": n, "customer_key": key_of(warehouse, email), "updatedAt": str(NIGHT)},
        )
        for n, email in (("1", ann), ("2", bob))
    ]
    people = [person(warehouse, ann, "1"), person(warehouse, bob, "2")]
    erase(warehouse, ann)
    whole = load(warehouse, records, stream="customers", vault=people, source_total=2)
    short = load(warehouse, records, stream="customers", vault=people, source_total=3)
    assert whole.records == 1
    with holding_build(warehouse, DAY) as build:
        held = quality.check_entering(warehouse, build)
    assert [text.split(" of ")[0] for text in held] == [f"load {short.load_id}"]
