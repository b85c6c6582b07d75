"""Looks after Airflow while a night is followed: a part that died ends the night, a scheduler that is stuck starts anew.

Airflow's workers share one queue, and whoever of them waits for work holds its lock. Killed at that moment, as by a
machine short of memory, it takes the lock along: the scheduler goes on queueing, and nobody ever takes a task again.
"""

import time
from datetime import date
from typing import Any

from include.stack.airflow import AIRFLOW
from include.stack.airflow_api import Run
from include.stack.display import Display
from include.stack.stack import Stack

LOOK = 10.0
"""Seconds between two looks at what is queued."""
STUCK = 90.0
"""Seconds a task may be queued while no other runs; a slow machine needs some ten to start one."""


class Watch:
    """`look` as often as wished; `under_way` says what is waited for."""

    def __init__(self, stack: Stack, display: Display):
        self._stack, self._display = stack, display
        self._looked = time.monotonic()
        self._unclaimed: dict[str, float] = {}

    def look(self) -> None:
        """Raises Stop with the end of its log when a part of Airflow has died."""
        for name in AIRFLOW:
            self._stack.processes.must_run(name)
        if (now := time.monotonic()) - self._looked < LOOK:
            return
        self._looked = now
        self._unclaimed = {task: self._unclaimed.get(task, now) for task in self._stack.api.unclaimed()}
        if self._unclaimed and now - min(self._unclaimed.values()) > STUCK:
            self._display.set("airflow", "running", "nobody takes its tasks: its scheduler starts anew")
            self._stack.restart_scheduler()
            self._display.set("airflow", "done", "started anew")
            self._unclaimed = {}

    def under_way(self, day: date) -> str:
        """'pull_odoo: pull running; build_warehouse: look_for_work queued', or that nobody is at work."""
        waiting = [
            f"{run.dag_id}: "
            + (", ".join(f"{task['task_id']} {task['state']}" for task in self._open_tasks(run)) or run.state)
            for run in self._stack.api.runs(day)
            if not run.ended
        ]
        return "; ".join(waiting) or "nothing is under way, and nobody was woken"

    def _open_tasks(self, run: Run) -> list[dict[str, Any]]:
        return [
            task
            for task in self._stack.api.tasks(run)
            if task["state"] in ("queued", "running", "up_for_retry")
        ]
