"""`make backfill`: past days again, foretold without starting anything, followed while they are pulled."""

import time
from collections.abc import Mapping
from typing import Any

from rich.console import Console

from include.backfill import journal
from include.backfill.plan import Wish, plan
from include.backfill.telling import describe
from include.settings import Settings
from include.stack import metadata
from include.stack.airflow import AIRFLOW
from include.stack.airflow_api import Run
from include.stack.building import how_far
from include.stack.display import Display
from include.stack.morning import alone, explain
from include.stack.stack import Stack
from include.warehouse.connect import connect

DAG = "backfill"


def foretell_backfill(stack: Stack, console: Console, wish: Wish) -> int:
    """Print what the backfill would cost; Postgres alone must run. Returns the exit status."""
    wish.check(stack.settings)
    planned = plan(stack.settings, wish, _accounts(stack))
    for line in describe(stack.settings, wish, planned):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return 0


def run_backfill(stack: Stack, console: Console, wish: Wish) -> int:
    """Run the `backfill` DAG for the wish, or follow the run that is at it already; returns the exit status."""
    conf = {
        "sources": list(wish.sources),
        "first_day": wish.first_day.isoformat(),
        "last_day": wish.last_day.isoformat(),
        "replay": wish.replay,
        "dry_run": False,
    }
    with alone(stack):
        try:
            with Display(["postgres", "sandbox", "warehouse", "airflow", "backfill"], console) as display:
                stack.start(display.tell)
                wish.check(stack.settings)
                run = _taken_up(stack, conf) or stack.api.trigger(DAG, conf=conf)
                run = _follow(stack, display, run, wish)
            explain(stack.api.failures(run), console)
        finally:
            if not stack.home.stays_up:
                stack.stop()
    if run.state != "success":
        console.print("What landed stays. The same `make backfill` again asks only for what did not.")
    return 0 if run.state == "success" else 1


def _taken_up(stack: Stack, conf: Mapping[str, Any]) -> Run | None:
    """A run of the same wish that was cut short with its scheduler: it goes on by itself, a second would start anew."""
    while DAG not in stack.api.dag_ids():
        stack.processes.must_run("dag-processor")
        time.sleep(0.5)
    return next((run for run, told in stack.api.under_way(DAG) if told == conf), None)


def _follow(stack: Stack, display: Display, run: Run, wish: Wish) -> Run:
    begun: int | None = None
    while not run.ended:
        begun = journal.unfinished(stack.settings, wish) or begun
        if begun:
            progress = journal.progress(stack.settings, begun)
            building = how_far(stack.settings) if progress.landed == progress.windows else ""
            display.set("backfill", "running", ", ".join(filter(None, [str(progress), building])))
        else:
            waits = "planning" if run.state == "running" else "waiting for another backfill"
            display.set("backfill", "running", waits)
        time.sleep(1)
        for name in AIRFLOW:
            stack.processes.must_run(name)
        run = stack.api.run(run.dag_id, run.run_id)
    detail = str(journal.progress(stack.settings, begun)) if begun else ""
    display.set("backfill", "done" if run.state == "success" else "failed", detail)
    return run


def _accounts(stack: Stack) -> dict[str, list[str]]:
    """Connected sources → their accounts, by the names they landed under; by their connections' before the first night.

    Airflow alone can read its connections' names of accounts, and it may not run.
    """
    connected: dict[str, list[str]] = {}
    for name in sorted(metadata.connection_ids(stack.postgres.admin_dsn, stack.env)):
        source = name.removeprefix("nightshift_").rstrip("0123456789").rstrip("_")
        connected.setdefault(source, []).append(name)
    landed = _landed(stack.settings)
    return {source: landed.get(source) or names for source, names in connected.items()}


def _landed(settings: Settings) -> dict[str, list[str]]:
    with connect(settings, "loader") as conn:
        rows = conn.execute(
            "SELECT source, array_agg(DISTINCT account ORDER BY account) FROM raw.load_log GROUP BY source"
        ).fetchall()
    return dict(rows)
