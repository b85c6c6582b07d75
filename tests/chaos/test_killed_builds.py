"""Killed or stopped anywhere in build or publish: readers have yesterday or today, whole, and one retry gives today."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.connect import connect
from tests.chaos import jobs, oracle
from tests.chaos.amounts import many, score
from tests.chaos.builds import NEXT, Nights, again, amiss, seen_amiss, two_nights
from tests.chaos.places import Place
from tests.chaos.points import BUILD, Point, points
from tests.chaos.processes import Work, do, trace
from tests.conftest import admin
from tests.warehouse.dbt import small_project
from tests.warehouse.helpers import DAY, line, load

pytestmark = pytest.mark.timeout(1800)

KILLED = "Kills (SIGKILL) at steps of build and publish, repeated once"
ZOMBIES = "Stopped builders (SIGSTOP) resumed after another had published"
IMPATIENT = {"PGOPTIONS": "-c idle_in_transaction_session_timeout=300ms"}  # the role's is five minutes
BEFORE_FREEZING = tuple(
    f"include.warehouse.build:{name}" for name in ("take_lock", "_bury_the_dead", "freeze")
)
"""Who sleeps there and wakes freezes what is true then, and may publish it."""
KEPT = ("orders", "touched_orders", "ads", "stock", "stock_now")


@pytest.fixture
def nights(place: Place, migrated: Settings) -> Iterator[Nights]:
    with two_nights(place, migrated) as prepared:
        yield prepared


def kill(place: Place, nights: Nights, point: Point) -> list[str]:
    with place.copy(nights.settings) as settings:
        first = Work(place.logs, jobs.build_small, settings, NEXT, at=point)
        assert first.ended() == -signal.SIGKILL, f"{point} was never reached: {first.said}"
        faults = seen_amiss(settings, nights)
        again(place, settings)
        return faults + amiss(place.postgres, settings, nights)


def stop(place: Place, nights: Nights, point: Point) -> list[str]:
    with place.copy(nights.settings) as settings:
        zombie = Work(
            place.logs, jobs.build_small, settings, NEXT, at=point, sign=signal.SIGSTOP, env=IMPATIENT
        )
        assert zombie.is_stopped(), f"{point} was never reached: {zombie.said}"
        faults = seen_amiss(settings, nights)
        try:
            again(place, settings)
            faults += amiss(place.postgres, settings, nights)
            count = publications(place.postgres, settings)
        finally:
            zombie.resume()
        zombie.ended()
        faults += [] if publications(place.postgres, settings) == count else ["a zombie published"]
        return faults + amiss(place.postgres, settings, nights)


def publications(postgres: EmbeddedPostgres, settings: Settings) -> int:
    with admin(postgres, settings.database) as conn:
        return conn.execute("SELECT count(*) FROM mart._publication").fetchone()[0]


def test_a_publication_killed_at_a_step_leaves_yesterday_and_one_retry_gives_today(
    place, nights, record_property
):
    some = points(nights.calls, 4, "builds")
    wrong = {str(point): faults for point in some if (faults := kill(place, nights, point))}
    record_property(*score(KILLED, "60 of 60", len(some), len(some) - len(wrong)))
    assert wrong == {}


def test_a_stopped_builder_loses_its_lock_and_publishes_nothing_when_it_wakes(place, nights, record_property):
    some = [Point("tests.chaos.jobs:publish", 1, "before")]
    wrong = {str(point): faults for point in some if (faults := stop(place, nights, point))}
    record_property(*score(ZOMBIES, "20 of 20, none published", len(some), len(some) - len(wrong)))
    assert wrong == {}


@pytest.mark.prove
def test_a_publication_killed_at_any_step_leaves_yesterday_and_one_retry_gives_today(
    place, nights, record_property
):
    some = points(nights.calls, many(80), "builds")
    wrong = {str(point): faults for point in some if (faults := kill(place, nights, point))}
    record_property(*score(KILLED, "60 of 60", len(some), len(some) - len(wrong)))
    assert wrong == {}
    assert oracle.secrets_in([place.logs], nights.settings) == []


@pytest.mark.prove
def test_a_builder_stopped_at_any_step_publishes_nothing_when_it_wakes(place, nights, record_property):
    frozen = {step: times for step, times in nights.calls.items() if step not in BEFORE_FREEZING}
    some = points(frozen, many(24), "stopped builds")
    wrong = {str(point): faults for point in some if (faults := stop(place, nights, point))}
    record_property(*score(ZOMBIES, "20 of 20, none published", len(some), len(some) - len(wrong)))
    assert wrong == {}


@pytest.mark.prove
@pytest.mark.slow
def test_dbt_killed_at_any_step_builds_the_same_tables_when_it_is_run_again(
    place, migrated, tmp_path, record_property
):
    project = small_project(tmp_path / "project")
    with place.copy(migrated) as settings:
        load(settings, [line(f"order-{n}", {"v": n}) for n in range(40)])
        do(place.logs, jobs.build_with_dbt, settings, project, DAY)
        load(settings, [line(f"order-{n}", {"v": -n}, "2026-11-21T10:00:00+00:00") for n in range(20, 60)])
        with place.copy(settings) as undisturbed:
            calls = trace(place.logs, BUILD, jobs.build_with_dbt, undisturbed, project, NEXT)
            truth = built(undisturbed)
        some = points(calls, many(10), "dbt")
        wrong = [str(point) for point in some if dbt_again(place, settings, project, point) != truth]
    record_property(*score(KILLED, "60 of 60", len(some), len(some) - len(wrong)))
    assert wrong == []


def dbt_again(place: Place, of: Settings, project: Path, point: Point) -> list[oracle.Rows]:
    """The tables after a kill and a retry."""
    with place.copy(of) as settings:
        first = Work(place.logs, jobs.build_with_dbt, settings, project, NEXT, at=point)
        assert first.ended() == -signal.SIGKILL, f"{point} was never reached: {first.said}"
        do(place.logs, jobs.build_with_dbt, settings, project, NEXT)
        return built(settings)


def built(settings: Settings) -> list[oracle.Rows]:
    with connect(settings, "transformer") as conn:
        return [conn.execute(f"SELECT * FROM build.{name} AS t ORDER BY t::text").fetchall() for name in KEPT]
