"""Postgres restarted, killed, cut off, locked or full at random moments: a clean end, readers keep yesterday, one retry."""

import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from include import settings as settings_module
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.migrate import migrate
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.builds import NEXT, Nights, again, amiss, seen_amiss, two_nights
from tests.chaos.places import Place
from tests.chaos.processes import AGAIN, DONE, REFUSED, Work, do
from tests.chaos.pulls import Told, undisturbed
from tests.conftest import admin, settings_for
from tests.warehouse.helpers import line, spool

pytestmark = pytest.mark.timeout(1800)

RESTARTS = "Postgres restarted or killed in the middle of a load or a publication"
LOST = "Connections cut in the middle of a load or a publication"
LOCKED = "Tables locked by somebody for longer than we wait"
FULL = "Disk full in the middle of a load or a publication"
MODES = ("immediate", "fast", "SIGKILL")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server as the product runs it: what it confirmed is on the disk."""
    postgres = EmbeddedPostgres(tmp_path_factory.mktemp("server"))
    try:
        yield postgres.start()
    finally:
        postgres.remove()


@pytest.fixture(scope="module")
def empty(server: EmbeddedPostgres) -> Settings:
    settings = settings_for(server.home, server, "chaos")
    settings_module.update_secrets(settings.secrets_file, lambda _: {"admin_dsn": server.admin_dsn})
    migrate(settings)
    return settings


@pytest.fixture
def site(server: EmbeddedPostgres, tmp_path: Path) -> Place:
    return Place(server, tmp_path / "place", "FILE_COPY")


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


@pytest.mark.prove
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


@pytest.mark.prove
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


class Disk:
    """A small disk of its own for one database: a tmpfs, which only root may mount."""

    def __init__(self, megabytes: int):
        self.folder = Path(tempfile.mkdtemp(prefix="nightshift-disk-", dir="/var/tmp"))
        self.folder.chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", self.folder], capture_output=True
        )
        self.is_mounted = mounted.returncode == 0

    def leave(self, free: int) -> None:
        """Fill it up but for so many bytes."""
        self.clear()
        with (self.folder / "filler").open("wb") as filler:
            filler.write(b"\0" * max(0, shutil.disk_usage(self.folder).free - free))

    def clear(self) -> None:
        (self.folder / "filler").unlink(missing_ok=True)

    def remove(self) -> None:
        if self.is_mounted:
            subprocess.run(["umount", self.folder], check=True)
        self.folder.rmdir()


@pytest.fixture
def disk() -> Iterator[Disk]:
    small = Disk(96)
    try:
        if not small.is_mounted:
            pytest.skip("a disk that fills up needs root, who may mount a tmpfs")
        yield small
    finally:
        small.remove()


@pytest.mark.prove
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
