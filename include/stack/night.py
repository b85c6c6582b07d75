"""One night, from the outside: wake the pulls of a business day, wait for the build and the actions."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from include.errors import Stop
from include.sources import REGISTRY
from include.stack.airflow import ACTIONS
from include.stack.airflow_api import AirflowApi, Failure, Run
from include.stack.building import how_far, published_at
from include.stack.display import Display
from include.stack.pulling import landed, landed_streams
from include.stack.stack import Stack
from include.stack.watch import Watch
from include.warehouse import nights
from include.warehouse.closing import missed_streams

BUILD = "build_warehouse"
TICK = 1.5
"""Seconds between two looks: every one costs Airflow's only API server a tenth of a second, which tasks wait for too."""
DOORBELL = 20.0
"""How long a run that should wake by itself is waited for before it is woken from here."""
SETTLED = 3.0
PATIENCE = 3 * 3600.0


@dataclass
class Outcome:
    """How the night went: what failed, whether marts of the day are out, whether everybody acted."""

    day: date
    failures: list[Failure] = field(default_factory=list)
    published: bool = False
    acted: bool = False

    @property
    def well(self) -> bool:
        """Published and acted upon; a stale source does not spoil a night, it is shown."""
        return self.published and self.acted


class Night:
    """Follows one business day through Airflow. Runs of the day that somebody else started count as ours.

    `patience`: seconds that each of its three parts (pulls, build, actions) may take.
    """

    def __init__(self, stack: Stack, display: Display, patience: float = PATIENCE):
        self.stack = stack
        self.patience = patience
        self.api: AirflowApi = stack.api
        self.display = display
        self.watch = Watch(stack, display)
        self.day = stack.day
        self.outcome = Outcome(self.day)
        self._before: set[tuple[str, str]] = set()

    def run(self, sources: Iterable[str]) -> Outcome:
        """Pull all sources, build, act. Returns instead of raising when a task fails: see `failures`."""
        settings = self.stack.settings
        earlier = self.api.runs(self.day)
        self._before = {(run.dag_id, run.run_id) for run in earlier if run.ended}
        published_before = published_at(self.stack.settings, self.day)
        self._pull(list(sources), earlier)
        self._build(list(sources))
        latest = published_at(self.stack.settings, self.day)
        self.outcome.published = (
            latest is not None and not nights.pending_build(settings, self.day, [], called=True).ready
        )
        if not self.outcome.published:
            for dag_id in ACTIONS:
                self.display.set(dag_id, "skipped", "nothing new was published")
            return self.outcome
        self._act(is_new=latest != published_before)
        return self.outcome

    # --- pulls ------------------------------------------------------------------------------------------

    def _pull(self, sources: list[str], earlier: list[Run]) -> None:
        under_way = {run.dag_id: run for run in earlier if not run.ended}
        waiting = {source: REGISTRY[source].after for source in sources if REGISTRY[source].after in sources}
        open_pulls = {
            source: under_way.get(f"pull_{source}") or self._ask_for(source)
            for source in sources
            if source not in waiting
        }
        for source, other in waiting.items():
            self.display.set(f"pull_{source}", "running", f"waits for {other}")
        deadline = time.monotonic() + self.patience
        while open_pulls:
            self._check(deadline)
            runs = {run.run_id: run for run in self.api.runs(self.day)}
            tried_again = self.api.tried_again()
            for source, known in list(open_pulls.items()):
                run = runs.get(known.run_id, known)
                if run.ended:
                    self._pulled(source, run)
                    del open_pulls[source]
                    for follower in [name for name, other in waiting.items() if other == source]:
                        open_pulls[follower] = self._woken(follower)
                elif run.state == "running":
                    self.display.set(known.dag_id, "running", self._progress(run, run.run_id in tried_again))
            time.sleep(TICK)

    def _ask_for(self, source: str) -> Run:
        self.display.set(f"pull_{source}", "running", "asked for")
        return self.api.trigger(f"pull_{source}", self.day)

    def _woken(self, source: str) -> Run:
        """The run by which a source follows another that has closed its day; woken here if nobody else does."""
        deadline = time.monotonic() + DOORBELL
        while time.monotonic() < deadline:
            for run in self.api.runs(self.day):
                if run.dag_id == f"pull_{source}" and (run.dag_id, run.run_id) not in self._before:
                    return run
            time.sleep(TICK)
        return self._ask_for(source)

    def _pulled(self, source: str, run: Run) -> None:
        if run.state == "success":
            records, new = landed(self.stack.settings, source, run.run_id)
            self.display.set(run.dag_id, "done", f"{records:,} records read, {new:,} new or changed")
            return
        self.outcome.failures += self.api.failures(run)
        missed = missed_streams(self.stack.settings, source, self.day)
        self.display.set(run.dag_id, "stale", f"did not land: {', '.join(missed) or 'see below'}")

    def _progress(self, run: Run, tried_again: bool) -> str:
        source = REGISTRY[run.dag_id.removeprefix("pull_")]
        done = landed_streams(self.stack.settings, source.name, run.run_id)
        return f"{done} of {len(source.streams)} streams" + (
            ", the rest to be tried again" if tried_again else ""
        )

    # --- build ------------------------------------------------------------------------------------------

    def _build(self, sources: list[str]) -> None:
        """Wait until nothing is left to build and the run that built has ended.

        Runs that are still queued then only look and end. A doorbell that was lost (whoever should have
        heard it was killed) is rung again, once.
        """
        self.display.set(BUILD, "running", "waiting")
        quiet_since, rung, builders = time.monotonic(), False, set[str]()
        deadline = time.monotonic() + self.patience
        while True:
            self._check(deadline)
            pending = nights.pending_build(self.stack.settings, self.day, sources)
            runs = [run for run in self.api.runs(self.day) if run.dag_id == BUILD]
            mine = [run for run in runs if (run.dag_id, run.run_id) not in self._before]
            open_runs = [run for run in mine if not run.ended]
            if pending.ready:
                builders |= {run.run_id for run in open_runs if run.state == "running"}
            elif not any(run.run_id in builders for run in open_runs) and (
                mine or time.monotonic() - quiet_since > SETTLED
            ):
                self.display.set(BUILD, "done", self._built())
                return
            if open_runs:
                quiet_since = time.monotonic()
                self.display.set(BUILD, "running", self._building(open_runs))
            elif pending.ready and (failed := [run for run in mine if run.state == "failed"]):
                self._build_failed(failed)
                return
            elif pending.ready and not rung and time.monotonic() - quiet_since > DOORBELL:
                self.api.trigger(BUILD, self.day)
                rung = True
            time.sleep(TICK)

    def _build_failed(self, failed: list[Run]) -> None:
        self.outcome.failures += [failure for run in failed for failure in self.api.failures(run)]
        self.display.set(BUILD, "failed", "readers keep what was published last")

    def _building(self, runs: list[Run]) -> str:
        """How far the build is; while none is under way, what Airflow is at."""
        if building := how_far(self.stack.settings):
            return building
        running = [run for run in runs if run.state == "running"]
        at_work = [t["task_id"] for run in running for t in self.api.tasks(run) if t["state"] == "running"]
        return at_work[0].replace("_", " ") if at_work else "waiting"

    def _built(self) -> str:
        at = published_at(self.stack.settings, self.day)
        return f"published {at.astimezone(self.stack.company.zone):%H:%M}" if at else "nothing to publish"

    # --- actions ----------------------------------------------------------------------------------------

    def _act(self, is_new: bool) -> None:
        """Wait for the actions. New marts wake them by themselves; otherwise those that have not succeeded
        for the day are woken here: sending is idempotent, so asking twice sends nothing twice."""
        waiting = {dag_id: time.monotonic() for dag_id in ACTIONS}
        if not is_new:
            for dag_id in self._already_acted():
                self.display.set(dag_id, "done", "had been done")
                del waiting[dag_id]
        results = []
        deadline = time.monotonic() + self.patience
        asked: set[str] = set()
        while waiting:
            self._check(deadline)
            runs = self.api.runs(self.day)
            for dag_id, since in list(waiting.items()):
                mine = [r for r in runs if r.dag_id == dag_id and (r.dag_id, r.run_id) not in self._before]
                if mine and all(run.ended for run in mine):
                    results.append(self._acted(mine[0]))
                    del waiting[dag_id]
                elif mine:
                    self.display.set(dag_id, "running", "at work")
                elif dag_id not in asked and (not is_new or time.monotonic() - since > DOORBELL):
                    self.api.trigger(dag_id, self.day)
                    asked.add(dag_id)
            time.sleep(TICK)
        self.outcome.acted = all(results)

    def _already_acted(self) -> list[str]:
        """The actions that succeeded for the day after its marts were last published."""
        published = published_at(self.stack.settings, self.day)
        assert published
        return [
            run.dag_id
            for run in self.api.runs(self.day)
            if run.dag_id in ACTIONS
            and run.state == "success"
            and run.queued_at
            and run.queued_at >= published
        ]

    def _acted(self, run: Run) -> bool:
        if run.state == "success":
            self.display.set(run.dag_id, "done")
            return True
        self.outcome.failures += self.api.failures(run)
        self.display.set(run.dag_id, "failed", "see below")
        return False

    def _check(self, deadline: float) -> None:
        self.watch.look()
        if time.monotonic() > deadline:
            raise Stop(
                f"a part of the night takes longer than {self.patience / 60:.0f} minutes: {self.watch.under_way(self.day)};"
                f" see {self.api.url} and {self.stack.home.logs}"
            )
