"""`make backfill` and `make full-refresh`: the past again, through the same one door."""

import os
import time
from collections.abc import Sequence
from datetime import date

from rich.console import Console

from include.stack.display import Display
from include.stack.morning import alone, explain
from include.stack.stack import Stack


def run_backfill(
    stack: Stack, console: Console, first_day: date, last_day: date, sources: Sequence[str], dry_run: bool
) -> int:
    """Run the `backfill` DAG for the span and wait; returns the exit status."""
    from include.sources import REGISTRY

    wish = {
        "sources": list(sources) or list(REGISTRY),
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
        "dry_run": dry_run,
    }
    with alone(stack):
        try:
            with Display(["postgres", "sandbox", "warehouse", "airflow", "backfill"], console) as display:
                stack.start(display.tell)
                run = stack.api.trigger("backfill", conf=wish)
                while not run.ended:
                    tasks = stack.api.tasks(run)
                    done = sum(task["state"] in ("success", "skipped") for task in tasks)
                    display.set("backfill", "running", f"{done} of {len(tasks)} tasks")
                    time.sleep(1)
                    stack.processes.must_run("scheduler")
                    run = stack.api.run(run.dag_id, run.run_id)
                display.set("backfill", "done" if run.state == "success" else "failed")
            explain(stack.api.failures(run), console)
        finally:
            if not stack.home.stays_up:
                stack.stop()
    return 0 if run.state == "success" else 1


def run_full_refresh(stack: Stack, console: Console) -> int:
    """Build everything from all accepted loads in this process, as of the newest published day."""
    from include.night import build_and_publish
    from include.warehouse.nights import pending_build

    settings = stack.settings
    # dbt reads the warehouse's address from the environment.
    os.environ.update(stack.variables(stack.facts()))
    day = pending_build(settings, stack.day, [], called=True).as_of_day
    console.print(f"Building every model as of {day} …")
    night = build_and_publish(settings, day, full_refresh=True)
    console.print(f"Published {len(night.publication.tables)} tables as of {day}.")
    for sentence in night.held:
        console.print(f"[yellow]{sentence}[/]")
    return 0
