"""Looks after Airflow while a night is followed: a part that died ends the night, a scheduler that is stuck starts anew.

Airflow's workers share one queue, and whoever of them waits for work holds its lock. Killed at that moment, as by a
machine short of memory, it takes the lock along: the scheduler goes on queueing, and nobody ever takes a task again.
"""

import time

from include.stack.display import Display
from include.stack.stack import AIRFLOW, Stack

LOOK = 10.0
"""Seconds between two looks at what is queued."""
STUCK = 90.0
"""Seconds a task may be queued while no other runs; a slow machine needs some ten to start one."""


class Watch:
    """`look` as often as wished."""

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
