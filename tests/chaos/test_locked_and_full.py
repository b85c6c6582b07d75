"""Tables locked by somebody, a disk without room: a clean end, readers keep yesterday, and the next run is whole."""

import random
import shutil
from collections.abc import Iterator

import psycopg
import pytest

from include.settings import Settings
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.builds import NEXT, Nights, again, amiss, seen_amiss, two_nights
from tests.chaos.disks import Disk
from tests.chaos.places import Place
from tests.chaos.processes import AGAIN, REFUSED, Work, do
from tests.chaos.pulls import undisturbed
from tests.conftest import admin
from tests.warehouse.helpers import line, spool

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

LOCKED = "Tables locked by somebody for longer than we wait"
FULL = "Disk full in the middle of a load or a publication"


@pytest.mark.parametrize(
    "table", ["raw.shopify_customers", "raw.observation", "raw.load_log", "ops.cursor", "pii.customer"]
)
def test_a_load_waits_for_a_locked_table_gives_up_and_comes_again(
    site, empty, company, record_property, table
):
    told = undisturbed(site, empty, company, "shopify", "customers")
    with site.copy(empty) as settings:
        with psycopg.connect(site.postgres.dsn(settings.database)) as holder:
            holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            hurried = {"PGOPTIONS": "-c lock_timeout=300ms"}  # the role's is two minutes
            work = Work(site.logs, jobs.pull_night, settings, *told.arguments, False, env=hurried)
            assert work.ended() == AGAIN, work.said
            holder.rollback()
            assert oracle.state(settings)["loads"] == []
        do(site.logs, jobs.pull_night, settings, *told.arguments, True)
        faults = oracle.differences(settings, told.truth)
    record_property(*score(LOCKED, "all", 1, not faults))
    assert faults == []


@pytest.mark.parametrize(
    "table", ["mart.mart_orders", "mart.mart_totals", "mart._publication", "ops.build_load"]
)
def test_a_publication_waits_for_a_locked_table_gives_up_and_comes_again(site, empty, record_property, table):
    with two_nights(site, empty) as nights, site.copy(nights.settings) as settings:
        with psycopg.connect(site.postgres.dsn(settings.database)) as holder:
            holder.execute(f"LOCK TABLE {table} IN SHARE MODE")  # readers go on
            work = Work(site.logs, jobs.build_small, settings, NEXT)
            assert work.ended() == AGAIN, work.said
            holder.rollback()
            faults = seen_amiss(settings, nights)
        again(site, settings)
        faults += amiss(site.postgres, settings, nights)
    record_property(*score(LOCKED, "all", 1, not faults))
    assert faults == []


@pytest.fixture
def disk() -> Iterator[Disk]:
    small = Disk(96)
    try:
        if not small.is_mounted:
            pytest.skip("a disk that fills up needs root, who may mount a tmpfs")
        yield small
    finally:
        small.remove()


def test_a_full_disk_is_a_clean_stop_and_the_next_run_is_whole(site, empty, disk, record_property):
    """Half of the tries fill it up under a load, half under a publication."""
    chance, found = dice("disk"), []
    space = disk.folder / "data"
    space.mkdir()
    shutil.chown(space, "nobody")
    with admin(site.postgres) as conn:
        conn.execute(f"CREATE TABLESPACE small LOCATION '{space}'")
    with two_nights(site, empty) as nights:
        for n in range(many(20)):
            with site.copy(nights.settings, tablespace="small") as settings:
                found.append(filled(site, settings, nights, disk, chance, loads=n % 2 == 0))
    with admin(site.postgres) as conn:
        conn.execute("DROP TABLESPACE small")
    record_property(*score(FULL, "10 of 10, readers keep yesterday", len(found), found.count([])))
    assert [faults for faults in found if faults] == []


def filled(
    site: Place, settings: Settings, nights: Nights, disk: Disk, chance: random.Random, loads: bool
) -> list[str]:
    """A load or a build on a disk with little room. The reader is there before: a new connection may need some room."""
    big = [line(f"big-{n}", {"text": f"{chance.getrandbits(8000):x}"}) for n in range(400)]
    job = (jobs.load_one, settings, spool(settings, big)) if loads else (jobs.build_small, settings, NEXT)
    before = oracle.state(settings)
    with psycopg.connect(settings.dsn("reader")) as reader:
        disk.leave(chance.randrange(0, 160_000))
        work = Work(site.logs, *job)
        code = work.ended()
        faults = (
            [] if oracle.marts_by(reader) in (nights.before, nights.after) else ["half a night is published"]
        )
        disk.clear()
    if loads:
        faults += [] if code == REFUSED and oracle.state(settings) == before else [f"{code}: {work.said}"]
    faults += oracle.broken(settings)
    do(site.logs, *job)
    if loads:
        grown = len(oracle.state(settings)["shopify_orders"]) - len(before["shopify_orders"])
        return faults + ([] if grown == len(big) else [f"{grown} of {len(big)} landed"])
    return faults + amiss(site.postgres, settings, nights)
