"""Two nights of two small marts: yesterday published, today loaded and to be built."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from tests.chaos import jobs, oracle
from tests.chaos.places import Place
from tests.chaos.points import PUBLISH
from tests.chaos.processes import AGAIN, DONE, Work, do, trace
from tests.conftest import admin
from tests.warehouse.helpers import DAY, line, load

NEXT = DAY + timedelta(days=1)


@dataclass(frozen=True)
class Nights:
    """A warehouse with yesterday published and today loaded; what readers see before and after today's build."""

    settings: Settings
    before: tuple[oracle.Rows, oracle.Rows]
    after: tuple[oracle.Rows, oracle.Rows]
    calls: dict[str, int]


@contextmanager
def two_nights(place: Place, migrated: Settings) -> Iterator[Nights]:
    with place.copy(migrated) as settings:
        load(settings, [line(f"order-{n}", {"n": n}) for n in range(40)])
        do(place.logs, jobs.build_small, settings, DAY)
        today = [line(f"order-{n}", {"n": -n}, "2026-11-21T10:00:00+00:00") for n in range(20, 60)]
        load(settings, today)
        with place.copy(settings) as undisturbed:
            before = oracle.marts(undisturbed)
            calls = trace(place.logs, PUBLISH, jobs.build_small, undisturbed, NEXT)
            after = oracle.marts(undisturbed)
        assert before != after
        assert len(after[0]) == 60
        yield Nights(settings, before, after, calls)


def seen_amiss(settings: Settings, nights: Nights) -> list[str]:
    """What readers must never see in between."""
    seen = oracle.marts(settings)
    return oracle.broken(settings) + (
        [] if seen in (nights.before, nights.after) else ["half a night is published"]
    )


def amiss(postgres: EmbeddedPostgres, settings: Settings, nights: Nights) -> list[str]:
    """What is wrong after the retry."""
    with admin(postgres, settings.database) as conn:
        published = conn.execute(
            "SELECT count(*), count(DISTINCT build_id) FROM mart._publication"
        ).fetchone()
        running = conn.execute("SELECT count(*) FROM ops.build WHERE status = 'running'").fetchone()
    told = [] if oracle.marts(settings) == nights.after else ["the marts are not the truth"]
    told += [] if published[0] == published[1] else ["a build is published twice"]
    return told + ([] if running == (0,) else ["a build is left running"])


def again(place: Place, settings: Settings, day: date = NEXT) -> None:
    """One retry, as Airflow makes it: somebody else's lock is waited for."""
    for _ in range(60):
        work = Work(place.logs, jobs.build_small, settings, day)
        if (code := work.ended()) != AGAIN:
            assert code == DONE, work.said
            return
    raise AssertionError(f"the builder's lock is never free: {work.said}")
