"""Killed or stopped at any step of extract or load, a pull is simply tried again, and nothing is lost or doubled."""

import signal
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from include.sandbox.server import Running
from include.settings import Settings
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.places import Place
from tests.chaos.points import Point, points
from tests.chaos.processes import Work, do
from tests.chaos.pulls import NIGHT, Told, undisturbed
from tests.sources.company import account

pytestmark = pytest.mark.timeout(1800)

STREAMS = (
    ("shopify", "customers"),
    ("shopify", "orders"),
    ("google_ads", "campaigns_daily"),
    ("odoo", "stock_quants"),
    ("klaviyo", "profiles"),
    ("amazon", "orders"),
)
KILLED = "Kills (SIGKILL) at steps of extract and load, repeated once"
ZOMBIES = "Stopped pulls (SIGSTOP) resumed after their retry had landed"
PEOPLE = ("ann@example.com", "+14155550100")


def chosen(
    place: Place,
    migrated: Settings,
    company: Running,
    number: int,
    what: str,
    streams: Iterable[tuple[str, str]],
):
    """So many points, the streams in turn."""
    per_stream = []
    for source, stream in streams:
        told = undisturbed(place, migrated, company, source, stream)
        assert told.truth["loads"]
        assert told.truth["observations"]
        per_stream.append([(told, point) for point in points(told.calls, number, what, source, stream)])
    turns = [pair for row in zip(*per_stream, strict=False) for pair in row]
    chance = dice("turns", what)
    return sorted(chance.sample(turns, min(number, len(turns))), key=lambda pair: turns.index(pair))


def kill(place: Place, migrated: Settings, told: Told, point: Point) -> list[str]:
    with place.copy(migrated) as settings:
        first = Work(place.logs, jobs.pull_night, settings, *told.arguments, False, at=point)
        assert first.ended() == -signal.SIGKILL, f"{point} was never reached: {first.said}"
        faults = oracle.broken(settings)
        do(place.logs, jobs.pull_night, settings, *told.arguments, True)
        return faults + oracle.differences(settings, told.truth)


def stop(place: Place, migrated: Settings, told: Told, point: Point) -> list[str]:
    """The stopped attempt is resumed when the next has landed: it may change nothing, nor say that it landed anything."""
    with place.copy(migrated) as settings:
        given = (settings, *told.arguments, False)
        zombie = Work(place.logs, jobs.pull_night, *given, at=point, sign=signal.SIGSTOP)
        assert zombie.is_stopped(), f"{point} was never reached: {zombie.said}"
        try:
            do(place.logs, jobs.pull_night, settings, *told.arguments, True)
            landed = oracle.differences(settings, told.truth)
        finally:
            zombie.resume()
        zombie.ended()
        return landed + oracle.differences(settings, told.truth)


def tried(
    place: Place, how: Any, migrated: Settings, chosen: list[tuple[Told, Point]]
) -> dict[str, list[str]]:
    """What went wrong, by point; and no secret in what any process said."""
    wrong = {}
    for told, point in chosen:
        if faults := how(place, migrated, told, point):
            wrong[f"{told.arguments[1]}: {point}"] = faults
    assert oracle.secrets_in([place.logs], migrated, {*oracle.SANDBOX_SECRETS, *PEOPLE}) == []
    return wrong


def test_a_pull_killed_at_a_step_is_made_good_by_one_retry(place, migrated, company, record_property):
    some = chosen(place, migrated, company, 12, "sample", STREAMS[:3])
    wrong = tried(place, kill, migrated, some)
    record_property(*score(KILLED, "200 of 200", len(some), len(some) - len(wrong)))
    assert wrong == {}


def test_a_stopped_pull_that_wakes_after_its_retry_is_refused(place, migrated, company, record_property):
    some = chosen(place, migrated, company, 6, "sample", STREAMS[:2])
    wrong = tried(place, stop, migrated, some)
    record_property(*score(ZOMBIES, "50 of 50, none accepted", len(some), len(some) - len(wrong)))
    assert wrong == {}


WORST = {
    "pages written, manifest not": Point("include.lake.spool:write", 3, "before"),
    "in a COPY, where no timeout reaches": Point("psycopg:Copy.write", 1, "before"),
    "its rows in, not committed, and the lock held": Point("include.warehouse.load:record", 1, "after"),
    "before it asked, with an older epoch": Point("include.warehouse.load:next_epoch", 1, "after"),
}


HURRIED = {"PGOPTIONS": "-c lock_timeout=10s"}  # the role's is two minutes


@pytest.mark.parametrize("minutes", [0, 10])
@pytest.mark.parametrize("moment", WORST)
def test_a_pull_that_sleeps_at_the_worst_moment_changes_nothing_when_it_wakes(
    place, migrated, company, moment, minutes
):
    """Its retry comes so much later, and asks for as much more."""
    given = (account(company, "shopify"), "customers", "night-1")
    with place.copy(migrated) as settings:
        zombie = Work(
            place.logs, jobs.pull_night, settings, *given, NIGHT, False, at=WORST[moment], sign=signal.SIGSTOP
        )
        assert zombie.is_stopped(), zombie.said
        try:
            later = NIGHT + timedelta(minutes=minutes)
            do(place.logs, jobs.pull_night, settings, *given, later, True, env=HURRIED)
            landed = oracle.state(settings)
            assert len(landed["loads"]) == 1
        finally:
            zombie.resume()
        zombie.ended()
        assert oracle.state(settings) == landed
        assert oracle.broken(settings) + oracle.untidy(settings) == []


@pytest.mark.prove
def test_a_pull_killed_at_any_step_is_made_good_by_one_retry(place, migrated, company, record_property):
    some = chosen(place, migrated, company, many(240), "proof", STREAMS)
    wrong = tried(place, kill, migrated, some)
    record_property(*score(KILLED, "200 of 200", len(some), len(some) - len(wrong)))
    assert wrong == {}


@pytest.mark.prove
def test_a_pull_stopped_at_any_step_that_wakes_after_its_retry_is_refused(
    place, migrated, company, record_property
):
    some = chosen(place, migrated, company, many(120), "proof", STREAMS)
    wrong = tried(place, stop, migrated, some)
    record_property(*score(ZOMBIES, "50 of 50, none accepted", len(some), len(some) - len(wrong)))
    assert wrong == {}
