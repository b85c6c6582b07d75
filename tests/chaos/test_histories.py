"""Random histories of edits, nights, backfills, replays, builds, kills, sleepers and vendors that break off end where the
vendor stands.

A machine of Hypothesis plays the vendor; the product runs in processes of its own. After each history one ordinary night
and build must give exactly what the vendor holds.
"""

import signal
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from include.lake import manifests
from include.settings import Settings
from include.window import Window
from tests.chaos import jobs, oracle
from tests.chaos.amounts import SEED, many, score
from tests.chaos.builds import again
from tests.chaos.places import Place
from tests.chaos.points import EXTRACT, LOAD, PUBLISH, Point, points
from tests.chaos.processes import AGAIN, DONE, Work, trace
from tests.conftest import admin
from tests.warehouse.helpers import DAY

pytestmark = pytest.mark.timeout(7200)

FIGURE = "Random histories (edits x faults x restarts) against the vendor's own state"
EVERY = 10_000
BEGIN = datetime(2026, 11, 20, 12, tzinfo=UTC)
EMPTIED = """
    TRUNCATE raw.shopify_orders, raw.observation, raw.quarantine, raw.load_log, ops.cursor, ops.build, ops.build_load,
        ops.touched, mart._publication CASCADE;
    DROP TABLE IF EXISTS mart.mart_orders, mart.mart_totals;
"""
ENDS = {DONE: "done", AGAIN: "sent away", -signal.SIGKILL: "killed"}
deaths = st.none() | st.integers(0, 9999)
"""Where a process is killed, if at all: as a number, of the points that undisturbed work comes to."""


class Histories(RuleBasedStateMachine):
    """One vendor's orders and one warehouse. What has no value here is set before it runs."""

    place: Place
    home: Settings
    in_pulls: Sequence[Point]
    in_builds: Sequence[Point]
    played = 0
    right = 0
    done: Counter[str]
    """What happened in all histories. A fault that was wanted at a step nobody came to did not happen."""

    def __init__(self) -> None:
        super().__init__()
        with admin(self.place.postgres, self.home.database) as conn:
            conn.execute(EMPTIED)
        self.settings = replace(self.home, lake=f"file://{self.home.home}/lake-{type(self).played}")
        self.held: dict[str, jobs.Held] = {
            f"order-{n}": (BEGIN - timedelta(days=n), "new") for n in range(1, 4)
        }
        self.now, self.runs, self.edits = BEGIN, 0, 0
        self.sleepers: list[Work] = []

    @rule(orders=st.sets(st.integers(1, 5), min_size=1), tied=st.booleans())
    def edit(self, orders: set[int], tied: bool) -> None:
        """Orders are new or say something else; `tied`: in the same second as the change before."""
        self.now += timedelta(minutes=0 if tied else 7)
        for order in sorted(orders):
            self.edits += 1
            self.held[f"order-{order}"] = (self.now, f"edit {self.edits}")
            self.done["edits"] += 1

    @rule(death=deaths, again=deaths, pages=st.none() | st.integers(0, 2))
    def night(self, death: int | None, again: int | None, pages: int | None) -> None:
        """A pull that may be killed, of a vendor that may break off after so many pages; and its retry, which may be
        killed as well."""
        self.runs += 1
        name = f"run-{self.runs}"
        if self._pull(name, False, nth(self.in_pulls, death), pages) != DONE:
            self._pull(name, True, nth(self.in_pulls, again))

    @precondition(lambda self: len(self.sleepers) < 2)
    @rule(number=st.integers(0, 9999))
    def night_asleep(self, number: int) -> None:
        """A pull that is stopped; its retry lands without it."""
        self.runs += 1
        self.now += timedelta(minutes=10)
        name, at = f"run-{self.runs}", nth(self.in_pulls, number)
        work = Work(self.place.logs, jobs.pull_told, *self._asked(name, False), at=at, sign=signal.SIGSTOP)
        if work.is_stopped():
            self.done["pulls stopped"] += 1
            self.sleepers.append(work)
            self._pull(name, True, None)
        else:
            self._ended(work, "pulls")

    @rule()
    def wake(self) -> None:
        """Whoever sleeps goes on."""
        while self.sleepers:
            sleeper = self.sleepers.pop()
            sleeper.resume()
            assert self._ended(sleeper, "stopped pulls") in (DONE, AGAIN)

    @rule(days=st.integers(1, 3), death=deaths)
    def backfill(self, days: int, death: int | None) -> None:
        self.runs += 1
        window = Window(self.now - timedelta(days=days), self.now)
        work = Work(
            self.place.logs,
            jobs.pull_told_past,
            self.settings,
            self.held,
            window,
            f"back-{self.runs}",
            at=nth(self.in_pulls, death),
        )
        self._ended(work, "backfills")

    @rule(number=st.integers(0, 9999), death=deaths)
    def replay(self, number: int, death: int | None) -> None:
        """Any extraction of the lake once more."""
        extractions = manifests(self.settings.lake)
        if extractions:
            one = extractions[number % len(extractions)]
            at = nth(self.in_pulls, death)
            self._ended(Work(self.place.logs, jobs.replay, self.settings, one, at=at), "replays")

    @rule(death=deaths)
    def build(self, death: int | None) -> None:
        at = nth(self.in_builds, death)
        self._ended(Work(self.place.logs, jobs.build_small, self.settings, self._day(), at=at), "builds")

    @rule()
    def a_day_passes(self) -> None:
        self.now += timedelta(days=1)

    def teardown(self) -> None:
        type(self).played += 1
        self.wake()
        self.now += timedelta(days=1)
        self.runs += 1
        assert self._pull("run-last", False, None) == DONE
        again(self.place, self.settings, self._day())
        assert oracle.broken(self.settings) == []
        truth = [(scope, text) for scope, (_, text) in sorted(self.held.items())]
        assert oracle.notes(self.settings) == truth
        orders, totals = oracle.marts(self.settings)
        assert [scope for scope, _ in orders] == [scope for scope, _ in truth]
        assert totals[0][1] == len(truth)
        type(self).right += 1

    def _pull(self, name: str, retry: bool, at: Point | None, pages: int | None = None) -> int:
        self.now += timedelta(minutes=10)
        asked = *self._asked(name, retry), pages
        return self._ended(Work(self.place.logs, jobs.pull_told, *asked, at=at), "pulls")

    def _ended(self, work: Work, what: str) -> int:
        """How work ended, which is noted: as foreseen, or killed."""
        code = work.ended()
        assert code in ENDS, work.said
        self.done[f"{what} {ENDS[code]}"] += 1
        return code

    def _asked(self, name: str, retry: bool) -> tuple[object, ...]:
        return self.settings, self.held, name, self.now, retry

    def _day(self) -> date:
        return max(DAY, self.now.date())


def nth(points: Sequence[Point], number: int | None) -> Point | None:
    return None if number is None else points[number % len(points)]


def come_by(place: Place, home: Settings) -> dict[str, list[Point]]:
    """The points that a pull of five orders and a build of them come to."""
    held = {f"order-{n}": (BEGIN, str(n)) for n in range(1, 6)}
    with place.copy(home) as copy:
        asked = (copy, held, "run", BEGIN + timedelta(hours=1), False)
        pull = trace(place.logs, EXTRACT + LOAD, jobs.pull_told, *asked)
        build = trace(place.logs, PUBLISH, jobs.build_small, copy, DAY)
    return {"in_pulls": points(pull, EVERY, "pulls"), "in_builds": points(build, EVERY, "builds")}


def play(place: Place, home: Settings, histories: int, record_property: Callable[..., None]) -> None:
    given = {"place": place, "home": home, "done": Counter(), **come_by(place, home)}
    machine = seed(SEED)(type("History", (Histories,), given))
    asked = settings(
        max_examples=histories, stateful_step_count=8, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    try:
        run_state_machine_as_test(machine, settings=asked)
    finally:
        record_property(*score(FIGURE, "1000 of 1000", machine.played, machine.right))
        words = ", ".join(f"{times} {what}" for what, times in sorted(machine.done.items()))
        record_property("tried", f"Seed {SEED}, {machine.played} histories: {words}.")


def test_a_few_random_histories_end_where_the_vendor_stands(place, warehouse, record_property):
    play(place, warehouse, 6, record_property)


@pytest.mark.prove
def test_random_histories_end_where_the_vendor_stands(place, warehouse, record_property):
    play(place, warehouse, many(1000), record_property)
