import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import date, timedelta

import psycopg
import pytest

from include.errors import Busy, Stop
from include.warehouse.build import (
    LOCK,
    fail,
    freeze,
    holding_build,
    mark_full_refresh,
    running_build,
    take_lock,
)
from include.warehouse.connect import connect
from include.warehouse.nights import hold_load, release_load
from include.window import day_window
from tests.conftest import admin
from tests.warehouse.helpers import DAY, a_load, call_published, line, load, publish_nothing


def builds(postgres, settings):
    with admin(postgres, settings.database) as conn:
        return conn.execute("SELECT status, reason FROM ops.build ORDER BY build_id").fetchall()


def frozen(settings, build_id):
    with connect(settings, "transformer") as conn:
        return dict(
            conn.execute(
                "SELECT load_id, is_new FROM ops.build_load WHERE build_id = %s", [build_id]
            ).fetchall()
        )


def touched(settings, stream="orders"):
    with connect(settings, "transformer") as conn:
        conn.execute("SELECT ops.note_touched()")
        rows = conn.execute("SELECT scope FROM ops.touched_scope WHERE stream = %s", [stream]).fetchall()
    return {scope for (scope,) in rows}


def test_a_build_describes_its_day_to_the_end_in_the_companys_zone(warehouse):
    with holding_build(warehouse, date(2026, 11, 1)), connect(warehouse, "transformer") as conn:
        row = conn.execute("SELECT as_of_day, as_of_end FROM ops.build").fetchone()
    assert row == (date(2026, 11, 1), day_window(date(2026, 11, 1), warehouse.timezone).end)


def test_only_loads_that_are_not_published_yet_are_new(warehouse):
    first = a_load(warehouse)
    with holding_build(warehouse, DAY) as build_id:
        assert frozen(warehouse, build_id) == {first: True}
        call_published(warehouse, build_id)
    second = a_load(warehouse)
    with holding_build(warehouse, DAY) as build_id:
        assert frozen(warehouse, build_id) == {first: False, second: True}


def test_a_failed_nights_loads_are_new_again(warehouse):
    load_id = a_load(warehouse)
    with pytest.raises(ZeroDivisionError), holding_build(warehouse, DAY):
        1 / 0  # noqa: B018
    with holding_build(warehouse, DAY) as build_id:
        assert frozen(warehouse, build_id) == {load_id: True}


def test_what_lands_after_the_freeze_waits_for_the_next_build(warehouse):
    with holding_build(warehouse, DAY) as build_id:
        a_load(warehouse)
        assert frozen(warehouse, build_id) == {}


def test_a_load_held_during_the_build_leaves_it(warehouse):
    kept, doubtful = a_load(warehouse), a_load(warehouse)
    with holding_build(warehouse, DAY) as build_id:
        hold_load(warehouse, doubtful, "half the usual orders")
        assert frozen(warehouse, build_id) == {kept: True}


def test_a_held_load_never_hides_its_good_repull(warehouse):
    bad = load(warehouse, [line("a", {"v": "bad"})]).load_id
    hold_load(warehouse, bad, "bad")
    good = load(warehouse, [line("a", {"v": "good"})]).load_id
    with holding_build(warehouse, DAY) as build_id:
        assert frozen(warehouse, build_id) == {good: True}


def test_released_loads_come_back_as_new(warehouse):
    load_id = a_load(warehouse)
    hold_load(warehouse, load_id, "doubtful")
    publish_nothing(warehouse)
    release_load(warehouse, load_id, "it was a sale")
    with holding_build(warehouse, DAY) as build_id:
        assert frozen(warehouse, build_id) == {load_id: True}


def test_touched_are_the_records_of_which_new_loads_tell_something_else(warehouse):
    load(warehouse, [line("old", {}), line("both", {}), line("changed", {"v": 1})])
    publish_nothing(warehouse)
    load(warehouse, [line("both", {}), line("changed", {"v": 2}), line("new", {})])
    load(warehouse, [line("other stream", {})], stream="products")
    with holding_build(warehouse, DAY):
        assert touched(warehouse) == {"changed", "new"}


def test_the_same_told_out_of_turn_is_touched(warehouse):
    """Which version counts, or came first, may be another one then."""
    load(warehouse, [line("a", {"v": 1})], epoch=100)
    load(warehouse, [line("a", {"v": 2})], epoch=300)
    publish_nothing(warehouse)
    load(warehouse, [line("a", {"v": 2})], epoch=50)
    with holding_build(warehouse, DAY):
        assert touched(warehouse) == {"a"}


def test_a_version_told_before_the_last_is_touched_when_it_is_told_again(warehouse):
    load(warehouse, [line("a", {"v": 1})], epoch=100)
    load(warehouse, [line("a", {"v": 2})], epoch=200)
    publish_nothing(warehouse)
    load(warehouse, [line("a", {"v": 1})], epoch=300)
    with holding_build(warehouse, DAY):
        assert touched(warehouse) == {"a"}


def test_deleted_records_are_touched(warehouse):
    load(warehouse, [line("deleted", {})])
    publish_nothing(warehouse)
    with connect(warehouse, "loader") as conn:
        conn.execute("INSERT INTO ops.tombstone VALUES ('shopify', 'shop', 'orders', 'deleted')")
    with holding_build(warehouse, DAY):
        assert touched(warehouse) == {"deleted"}


def test_a_second_builder_is_told_who_is_at_work(warehouse):
    with holding_build(warehouse, DAY) as build_id:
        with (
            pytest.raises(Busy, match=f"another build {build_id} of {DAY} has been running"),
            holding_build(warehouse, DAY),
        ):
            pass
        assert running_build(warehouse) == build_id


def test_the_lock_is_free_as_soon_as_a_build_has_ended(warehouse):
    with connect(warehouse, "publisher", autocommit=True) as next_one:
        for _ in range(20):
            with suppress(ZeroDivisionError), holding_build(warehouse, DAY):
                1 / 0  # noqa: B018
            take_lock(next_one)
            next_one.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def test_of_many_builders_at_once_one_builds(warehouse):
    outcomes, ready = [], threading.Barrier(6)

    def run():
        ready.wait()
        try:
            with holding_build(warehouse, DAY) as build_id:
                done.wait(5)
                call_published(warehouse, build_id)
                outcomes.append("built")
        except Busy:
            outcomes.append("busy")
        if outcomes.count("busy") == 5:
            done.set()

    done = threading.Event()
    threads = [threading.Thread(target=run) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(outcomes) == ["built"] + ["busy"] * 5


def test_an_error_ends_the_build_with_its_reason(postgres, warehouse):
    with pytest.raises(Stop), holding_build(warehouse, DAY):
        raise Stop("the gate said no")
    assert builds(postgres, warehouse) == [("failed", "Stop: the gate said no")]


def test_leaving_without_publishing_is_a_failure(postgres, warehouse):
    with holding_build(warehouse, DAY):
        pass
    assert builds(postgres, warehouse) == [("failed", "ended without being published")]


def test_a_published_build_cannot_fail_any_more(warehouse):
    with holding_build(warehouse, DAY) as build_id:
        call_published(warehouse, build_id)
    assert not fail(warehouse, build_id, "too late")


KILLED = """
import sys, time
from datetime import date
from include import settings
from include.warehouse.build import holding_build
with holding_build(settings.load(), date(2026, 11, 20)):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_a_killed_builder_frees_the_lock_and_its_build_is_buried(postgres, warehouse):
    env = os.environ | {
        "NIGHTSHIFT_HOME": str(warehouse.home),
        "NIGHTSHIFT_WAREHOUSE_PORT": str(warehouse.port),
        "NIGHTSHIFT_WAREHOUSE_DATABASE": warehouse.database,
    }
    builder = subprocess.Popen([sys.executable, "-c", KILLED], env=env, stdout=subprocess.PIPE, text=True)
    assert builder.stdout.readline() == "holding\n"
    builder.send_signal(signal.SIGKILL)
    builder.wait()
    builder.stdout.close()
    _until_free(warehouse)
    assert builds(postgres, warehouse)[0] == ("failed", "its builder died; taken over")


def _until_free(settings, tries=50):
    for _ in range(tries):
        try:
            with holding_build(settings, DAY) as build_id:
                call_published(settings, build_id)
            return
        except Busy:
            threading.Event().wait(0.1)
    raise AssertionError("the dead builder's lock was never freed")


def test_a_model_of_a_builder_that_was_taken_over_is_refused(warehouse):
    with holding_build(warehouse, DAY) as old, connect(warehouse, "transformer") as zombie:
        zombie.execute("SELECT set_config('nightshift.build_id', %s, false)", [str(old)])
        zombie.execute("SELECT ops.hold_build()")
        zombie.commit()
        fail(warehouse, old, "taken over")
        freeze(warehouse, DAY)
        with pytest.raises(psycopg.errors.RaiseException, match="taken over"):
            zombie.execute("SELECT ops.hold_build()")


def test_a_takeover_waits_for_the_model_that_is_being_built(warehouse):
    with holding_build(warehouse, DAY) as build_id, connect(warehouse, "transformer") as model:
        model.execute("SELECT ops.hold_build()")
        taker = threading.Thread(target=fail, args=[warehouse, build_id, "taken over"])
        taker.start()
        taker.join(0.3)
        assert taker.is_alive()
        model.rollback()
        taker.join(5)
        assert not taker.is_alive()


def is_anew(warehouse, fingerprint="one", day=DAY):
    """Whether the next build, which is published, makes everything from nothing."""
    with holding_build(warehouse, day) as build_id:
        anew = mark_full_refresh(warehouse, build_id, fingerprint)
        call_published(warehouse, build_id)
    return anew


def test_changed_models_mean_a_full_refresh(warehouse):
    told = [is_anew(warehouse, fingerprint) for fingerprint in ("one", "one", "two", "two")]
    assert told == [True, False, True, False]


def test_a_build_that_was_not_published_is_followed_by_a_full_refresh(warehouse):
    is_anew(warehouse)
    with holding_build(warehouse, DAY) as build_id:
        mark_full_refresh(warehouse, build_id, "one")  # some models are built, and nothing is published
    assert [is_anew(warehouse), is_anew(warehouse)] == [True, False]


def test_an_earlier_day_is_built_from_nothing(warehouse):
    is_anew(warehouse)
    days = (DAY + timedelta(days=1), DAY, DAY)
    assert [is_anew(warehouse, day=day) for day in days] == [False, True, False]


def test_a_load_taken_back_means_a_full_refresh(warehouse):
    load_id = a_load(warehouse)
    is_anew(warehouse)
    hold_load(warehouse, load_id, "found out later")
    assert [is_anew(warehouse), is_anew(warehouse)] == [True, False]


def test_old_freezes_are_forgotten(postgres, warehouse):
    a_load(warehouse)
    for n in range(15):
        publish_nothing(warehouse, DAY + timedelta(days=n))
    with admin(postgres, warehouse.database) as conn:
        (kept,) = conn.execute("SELECT count(DISTINCT build_id) FROM ops.build_load").fetchone()
    assert 10 <= kept <= 12
