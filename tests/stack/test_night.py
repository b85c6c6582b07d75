"""A night followed through a scripted Airflow, over a real warehouse."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from rich.console import Console

from include.errors import Stop
from include.settings import Settings
from include.stack import night as module
from include.stack.airflow import ACTIONS
from include.stack.airflow_api import Failure, Run
from include.stack.display import Display
from include.stack.night import Night
from include.stack.postgres import EmbeddedPostgres
from include.warehouse.nights import close_day

DAY = date(2026, 11, 21)
SOURCES = ("shopify", "odoo")


@dataclass
class ScriptedAirflow:
    """Runs take two looks to end. `on_success` is what Airflow's tasks would do to the world."""

    world: "World"
    failing: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    known: list[list[Any]] = field(default_factory=list)
    triggered: list[str] = field(default_factory=list)

    url = "http://airflow"

    def runs(self, day: date) -> list[Run]:
        self._advance()
        return [self._as_run(entry) for entry in reversed(self.known)]

    def tried_again(self) -> set[str]:
        return set()

    def trigger(self, dag_id: str, day: date) -> Run:
        self.triggered.append(dag_id)
        return self._as_run(self.start(dag_id))

    def start(self, dag_id: str, state: str = "queued") -> list[Any]:
        entry = [dag_id, f"{dag_id}-{len(self.known)}", state, datetime.now(UTC)]
        self.known.append(entry)
        return entry

    def tasks(self, run: Run) -> list[dict[str, Any]]:
        builds = run.dag_id == "build_warehouse"
        return [{"task_id": "build_and_publish" if builds else "pull", "state": "running"}]

    def failures(self, run: Run) -> list[Failure]:
        return [Failure(run.dag_id, "task", ("why",), "http://airflow")]

    def _advance(self) -> None:
        for entry in list(self.known):
            if entry[2] == "queued":
                entry[2] = "running"
            elif entry[2] == "running" and entry[0] not in self.stuck:
                entry[2] = "failed" if entry[0] in self.failing else "success"
                self.world.after(self, *entry[:1], entry[2])

    @staticmethod
    def _as_run(entry: list[Any]) -> Run:
        return Run(*entry)


class World:
    """What ends of runs do to the warehouse, and which doorbells ring."""

    def __init__(self, settings: Settings, admin_dsn: str):
        self.settings, self.admin_dsn = settings, admin_dsn
        self.doorbells = True

    def after(self, airflow: ScriptedAirflow, dag_id: str, state: str) -> None:
        if dag_id.startswith("pull_"):
            status = "landed" if state == "success" else "stale"
            close_day(self.settings, dag_id.removeprefix("pull_"), "acme", "orders", DAY, status)
            if self.doorbells and len(self.closed()) == len(SOURCES):
                airflow.start("build_warehouse")
        elif dag_id == "build_warehouse" and state == "success":
            self.publish()
            for action in ACTIONS:
                airflow.start(action)

    def closed(self) -> set[str]:
        return {row[0] for row in self.ask("SELECT DISTINCT source FROM ops.stream_day")}

    def publish(self) -> None:
        self.ask(
            "INSERT INTO ops.build (as_of_day, as_of_end, status, ended_at)"
            f" VALUES ('{DAY}', '{DAY}', 'published', clock_timestamp()) RETURNING 1"
        )

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin_dsn, autocommit=True) as conn:
            return conn.execute(query).fetchall()  # type: ignore[arg-type]


@pytest.fixture
def airflow(
    warehouse: Settings, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> ScriptedAirflow:
    monkeypatch.setattr(module, "TICK", 0.01)
    monkeypatch.setattr(module, "DOORBELL", 0.3)
    monkeypatch.setattr(module, "SETTLED", 0.1)
    return ScriptedAirflow(World(warehouse, postgres.dsn(warehouse.database)))


def follow(
    airflow: ScriptedAirflow, patience: float = 60, told: io.StringIO | None = None
) -> tuple[module.Outcome, Display]:
    steps = [*(f"pull_{source}" for source in SOURCES), "build_warehouse", *ACTIONS]
    display = Display(steps, Console(file=told or io.StringIO(), width=200))
    stack = SimpleNamespace(
        api=airflow,
        day=DAY,
        settings=airflow.world.settings,
        company=SimpleNamespace(zone=ZoneInfo("UTC")),
        processes=SimpleNamespace(must_run=lambda name: None),
        home=SimpleNamespace(logs="/the/logs"),
    )
    return Night(stack, display, patience).run(SOURCES), display  # type: ignore[arg-type]


def states(display: Display) -> dict[str, str]:
    return {name: step.state for name, step in display.steps.items()}


def test_a_night_pulls_builds_and_acts(airflow: ScriptedAirflow) -> None:
    outcome, display = follow(airflow)
    assert outcome.well
    assert airflow.triggered == ["pull_shopify", "pull_odoo"]
    assert set(states(display).values()) == {"done"}


def test_a_second_night_wakes_no_action_again(airflow: ScriptedAirflow) -> None:
    follow(airflow)
    airflow.triggered.clear()
    airflow.world.doorbells = False
    outcome, display = follow(airflow)
    assert outcome.well
    assert airflow.triggered == ["pull_shopify", "pull_odoo"]
    assert display.steps["restock_alerts"].detail == "had been done"


def test_actions_that_a_killed_night_left_out_are_woken(airflow: ScriptedAirflow) -> None:
    for source in SOURCES:
        close_day(airflow.world.settings, source, "acme", "orders", DAY, "landed")
    airflow.world.publish()
    airflow.world.doorbells = False
    outcome, _ = follow(airflow)
    assert outcome.well
    assert set(ACTIONS) <= set(airflow.triggered)


def test_a_pull_that_is_under_way_is_not_started_twice(airflow: ScriptedAirflow) -> None:
    airflow.start("pull_shopify")
    outcome, _ = follow(airflow)
    assert outcome.well
    assert airflow.triggered == ["pull_odoo"]


def test_a_lost_doorbell_is_rung_again(airflow: ScriptedAirflow) -> None:
    airflow.world.doorbells = False
    outcome, _ = follow(airflow)
    assert outcome.well
    assert airflow.triggered.count("build_warehouse") == 1


def test_a_source_that_is_down_does_not_stop_the_night(airflow: ScriptedAirflow) -> None:
    airflow.failing = {"pull_odoo"}
    outcome, display = follow(airflow)
    assert outcome.well
    assert states(display)["pull_odoo"] == "stale"
    assert [failure.dag_id for failure in outcome.failures] == ["pull_odoo"]


def test_a_failed_build_publishes_nothing_and_acts_on_nothing(airflow: ScriptedAirflow) -> None:
    airflow.failing = {"build_warehouse"}
    outcome, display = follow(airflow)
    assert not outcome.well
    assert states(display)["build_warehouse"] == "failed"
    assert states(display)["sla_reports"] == "skipped"
    assert not set(ACTIONS) & set(airflow.triggered)


def test_a_failed_action_is_told_and_the_others_still_act(airflow: ScriptedAirflow) -> None:
    airflow.failing = {"sla_reports"}
    outcome, display = follow(airflow)
    assert outcome.published
    assert not outcome.acted
    assert states(display)["sla_reports"] == "failed"
    assert states(display)["restock_alerts"] == "done"


def test_who_waits_for_a_build_is_told_how_far_it_is(
    airflow: ScriptedAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.stack.display.HUSH", 0.0)
    settings = airflow.world.settings
    airflow.stuck.add("build_warehouse")
    log = settings.home / "dbt" / "logs" / "dbt.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    airflow.world.ask(
        "INSERT INTO ops.build (as_of_day, as_of_end, status, started_at)"
        f" VALUES ('{DAY}', '{DAY}', 'running', clock_timestamp() - interval '1 minute') RETURNING 1"
    )
    log.write_text("16:22:10  12 of 389 OK created sql table model build.stg_x .. [SELECT 3 in 0.1s]\n")
    told = io.StringIO()
    with pytest.raises(Stop):
        follow(airflow, patience=0.5, told=told)
    assert "build_warehouse: 12 of 389 models and tests" in told.getvalue()


def test_a_night_that_does_not_get_on_ends_and_says_what_it_waited_for(airflow: ScriptedAirflow) -> None:
    airflow.stuck.add("pull_odoo")
    with pytest.raises(
        Stop, match=r"than 0 minutes: pull_odoo: pull running; see http://airflow and /the/logs"
    ):
        follow(airflow, patience=0.5)
