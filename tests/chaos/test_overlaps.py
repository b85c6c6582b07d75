"""Nightly, backfill, replay and retries of the same days at once, in processes of their own, give what a serial row gives."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include import lake
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.settings import Settings
from include.window import Window
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.builds import again
from tests.chaos.places import Place
from tests.chaos.processes import AGAIN, DONE, Work, do
from tests.conftest import admin
from tests.sources.company import account, served

pytestmark = pytest.mark.timeout(3000)

FIGURE = "Overlapping runs of the same days (nightly, retry, backfill, replay, build), against a serial row"
STREAMS = (("shopify", "orders"), ("google_ads", "campaigns_daily"), ("odoo", "purchase_orders"))
FIRST, NIGHTS = datetime(2026, 3, 4, 4, tzinfo=UTC), 8
CURSORS = "SELECT source, account, stream, landed_until FROM ops.cursor ORDER BY 1, 2, 3"

Run = tuple[Callable[..., Any], tuple[Any, ...]]


def nightly(company: Running, pair: tuple[str, str], night: datetime, name: str, retry: bool = False) -> Run:
    now = night + timedelta(hours=6)
    return jobs.pull_night, (account(company, pair[0]), pair[1], name, now, retry)


def contenders(
    settings: Settings, company: Running, pair: tuple[str, str], night: datetime, chance: random.Random
) -> list[Run]:
    """2 to 8 runs that concern the same days of one stream; the night itself is always among them."""
    name, asked = f"night-{night:%d}", account(company, pair[0])
    past = Window(night - timedelta(days=3), night)
    known = lake.manifests(settings.lake, source=pair[0], stream=pair[1])
    pool: list[Run] = [
        nightly(company, pair, night, name, retry=True),
        nightly(company, pair, night, f"{name}-by-hand"),
        (jobs.pull_past, (asked, pair[1], past, f"backfill-{night:%d}")),
        (jobs.pull_past, (asked, pair[1], past, f"backfill-{night:%d}")),
        (jobs.pull_past, (asked, pair[1], Window(FIRST - timedelta(days=5), night), "backfill-all")),
        (jobs.build_small, (night.date(),)),
        *((jobs.replay, (uri,)) for uri in chance.sample(known, min(2, len(known)))),
    ]
    return [nightly(company, pair, night, name), *chance.sample(pool, chance.randint(1, min(7, len(pool))))]


def together(place: Place, settings: Settings, runs: list[Run], chance: random.Random) -> list[str]:
    """All at once, in any order; who is told to try again does so, once."""
    chance.shuffle(runs)
    works = [(Work(place.logs, job, settings, *given), job, given) for job, given in runs]
    ended = [(work.ended(), work, job, given) for work, job, given in works]
    wrong = [
        f"{job.__name__} ended as {code}: {work.said[-400:]}"
        for code, work, job, _ in ended
        if code not in (DONE, AGAIN)
    ]
    for code, _, job, given in ended:
        if code == AGAIN and job is not jobs.build_small:
            as_retry = (*given[:-1], True) if job is jobs.pull_night else given
            do(place.logs, job, settings, *as_retry)
    return wrong


def a_week(place: Place, migrated: Settings, company: Running, number: int) -> tuple[int, list[str]]:
    """So many nights with overlaps, and the same nights one after the other; how many runs, and what differs."""
    chance, pair, runs, wrong = dice("week", number), STREAMS[number % len(STREAMS)], 0, []
    with place.copy(migrated) as crowded, place.copy(migrated) as serial:
        oracle.forbid_cursors_to_go_back(place.postgres, crowded.database)
        for n in range(NIGHTS):
            night = FIRST + timedelta(days=n)
            company.sandbox.clock.set(night)
            at_once = contenders(crowded, company, pair, night, chance)
            runs += len(at_once)
            wrong += together(place, crowded, at_once, chance)
            job, given = nightly(company, pair, night, f"night-{night:%d}")
            do(place.logs, job, serial, *given)
        for settings in (crowded, serial):
            again(place, settings, night.date())
        wrong += oracle.broken(crowded) + oracle.untidy(crowded)
        for what, look in (
            ("raw", oracle.newest),
            ("marts", oracle.marts),
            ("cursors", lambda of: cursors(place, of)),
        ):
            wrong += [] if look(crowded) == look(serial) else [f"{what} are not those of the serial row"]
        assert oracle.newest(serial), "nothing was read at all"
    return runs, wrong


def cursors(place: Place, settings: Settings) -> oracle.Rows:
    with admin(place.postgres, settings.database) as conn:
        return conn.execute(CURSORS).fetchall()


def overlapped(place: Place, migrated: Settings, least: int, record_property: Callable[..., None]) -> None:
    runs, bad, wrong, number = 0, 0, [], 0
    with served(place.folder / "company", Limits(scale=1000)) as company:
        while runs < least:
            of_week, faults = a_week(place, migrated, company, number)
            runs, bad, number = runs + of_week, bad + (of_week if faults else 0), number + 1
            wrong += faults
    record_property(*score(FIGURE, "500 of 500", runs, runs - bad))
    assert wrong == []


def test_overlapping_runs_of_the_same_days_give_what_a_serial_row_gives(place, migrated, record_property):
    overlapped(place, migrated, 20, record_property)


@pytest.mark.prove
def test_many_overlapping_runs_of_the_same_days_give_what_a_serial_row_gives(
    place, migrated, record_property
):
    overlapped(place, migrated, many(500), record_property)
