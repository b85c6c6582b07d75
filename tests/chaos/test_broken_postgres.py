"""Postgres restarted, killed or cut off at random moments: a clean end, readers keep yesterday, one retry."""

import random
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.builds import NEXT, Nights, again, amiss, seen_amiss, two_nights
from tests.chaos.places import Place
from tests.chaos.processes import AGAIN, DONE, Work, do
from tests.chaos.pulls import Told, undisturbed
from tests.conftest import admin

pytestmark = pytest.mark.timeout(1800)

RESTARTS = "Postgres restarted or killed in the middle of a load or a publication"
LOST = "Connections cut in the middle of a load or a publication"
MODES = ("immediate", "fast", "SIGKILL")


def restart(server: EmbeddedPostgres, mode: str) -> None:
    if mode == "SIGKILL":
        postmaster = psutil.Process(server.pid())
        backends = postmaster.children()
        postmaster.kill()
        psutil.wait_procs(backends, 10)  # they notice, and leave the port
    else:
        server.stop(mode)
    server.start()


def cut(server: EmbeddedPostgres, database: str) -> None:
    with admin(server) as conn:
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


class TooLate(Exception):
    """What was to be disturbed had ended."""


def pulled_through(
    site: Place, empty: Settings, told: Told, disturb: Callable[[Settings], None], chance: random.Random
) -> list[str]:
    """A pull that is disturbed at a random moment, then retried."""
    with site.copy(empty) as settings:
        work = Work(site.logs, jobs.pull_night, settings, *told.arguments, False)
        time.sleep(chance.uniform(0, 0.25))
        if work.is_over:
            raise TooLate
        disturb(settings)
        code = work.ended()
        faults = [] if code in (DONE, AGAIN) else [f"ended as {code}: {work.said[-300:]}"]
        faults += oracle.broken(settings)
        do(site.logs, jobs.pull_night, settings, *told.arguments, True)
        return faults + oracle.differences(settings, told.truth)


def built_through(
    site: Place, nights: Nights, disturb: Callable[[Settings], None], chance: random.Random
) -> list[str]:
    """A build and its publication, disturbed at a random moment, then retried."""
    with site.copy(nights.settings) as settings:
        work = Work(site.logs, jobs.build_small, settings, NEXT)
        time.sleep(chance.uniform(0, 0.35))
        if work.is_over:
            raise TooLate
        disturb(settings)
        work.ended()
        faults = seen_amiss(settings, nights)
        again(site, settings)
        return faults + amiss(site.postgres, settings, nights)


def disturbed(
    site: Place, empty: Settings, company, times: int, disturb: Callable[[Settings], None], what: str
) -> list[list[str]]:
    """Faults of so many loads and so many publications."""
    chance = dice(what)
    streams = [
        undisturbed(site, empty, company, *pair)
        for pair in (("shopify", "customers"), ("odoo", "stock_moves"))
    ]
    found = each(times, lambda n: pulled_through(site, empty, streams[n % 2], disturb, chance))
    with two_nights(site, empty) as nights:
        return found + each(times, lambda _: built_through(site, nights, disturb, chance))


def each(times: int, attempt: Callable[[int], list[str]]) -> list[list[str]]:
    """Faults of so many attempts; one that was disturbed too late is none."""
    found: list[list[str]] = []
    while len(found) < times:
        with suppress(TooLate):
            found.append(attempt(len(found)))
    return found


def restarted(
    site: Place, empty: Settings, company, times: int, record_property: Callable[..., None]
) -> None:
    modes = iter(MODES * times)
    found = disturbed(site, empty, company, times, lambda _: restart(site.postgres, next(modes)), "restarts")
    record_property(*score(RESTARTS, "20 of 20", len(found), found.count([])))
    assert [faults for faults in found if faults] == []


def test_a_restart_of_postgres_loses_nothing(site, empty, company, record_property):
    restarted(site, empty, company, 1, record_property)


def test_a_statement_dies_with_the_process_that_asked_for_it(site, empty):
    """Otherwise it would go on, commit, and hold its locks; the server by itself does not look."""
    with admin(site.postgres) as conn:
        conn.execute("ALTER SYSTEM SET client_connection_check_interval = 0")
        conn.execute("SELECT pg_reload_conf()")
    with site.copy(empty) as settings:
        work = Work(site.logs, jobs.hold_a_lock, settings, 60)
        locked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        with admin(site.postgres, settings.database) as conn:
            assert happens(lambda: conn.execute(locked).fetchone() == (1,))
            work.kill()
            assert happens(lambda: conn.execute(locked).fetchone() == (0,))


def happens(what: Callable[[], bool], seconds: float = 15) -> bool:
    """Whether it comes true within that time."""
    until = time.monotonic() + seconds
    while not (came := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return came


@pytest.mark.prove
def test_restarts_of_postgres_at_random_moments_lose_nothing(site, empty, company, record_property):
    restarted(site, empty, company, many(15), record_property)


@pytest.mark.prove
def test_lost_connections_at_random_moments_lose_nothing(site, empty, company, record_property):
    found = disturbed(site, empty, company, many(25), lambda one: cut(site.postgres, one.database), "cuts")
    record_property(*score(LOST, "50 of 50", len(found), found.count([])))
    assert [faults for faults in found if faults] == []
