"""How a night looks while it runs: a live table on a terminal, one plain line per change elsewhere."""

import os
import threading
import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

HUSH = 5.0
"""Seconds between two lines about a step that goes on, where every change is a line."""
MARKS = {"done": ("✓", "green"), "failed": ("✗", "red"), "stale": ("!", "yellow"), "skipped": ("–", "dim")}


@dataclass
class Step:
    """One line: waiting, running, done, failed, stale or skipped."""

    name: str
    state: str = "waiting"
    detail: str = ""
    began: float | None = None
    ended: float | None = None
    said: tuple[str, float] = ("", 0.0)

    @property
    def seconds(self) -> float:
        if self.began is None:
            return 0.0
        return (self.ended or time.monotonic()) - self.began


class Display:
    """The steps of a night in order. Safe to call from several threads."""

    def __init__(self, names: list[str], console: Console | None = None):
        self.console = console or Console()
        self.steps = {name: Step(name) for name in names}
        self._lock = threading.Lock()
        self._spinner = Spinner("dots", style="cyan")
        self._began = time.monotonic()
        self._live = self.console.is_terminal and not os.environ.get("CI")
        self._screen = Live(get_renderable=self._render, console=self.console, refresh_per_second=8)

    def __enter__(self) -> "Display":
        if self._live:
            self._screen.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._screen.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the display was made."""
        return time.monotonic() - self._began

    def tell(self, name: str, detail: str) -> None:
        """The step is under way; an empty detail means it is done."""
        if detail:
            self.set(name, "running", detail)
        else:
            self.set(name, "done", "")

    def set(self, name: str, state: str, detail: str = "") -> None:
        """Change a step; saying the same again says nothing."""
        with self._lock:
            step = self.steps[name]
            if (step.state, step.detail) == (state, detail):
                return
            now = time.monotonic()
            if step.began is None and state != "waiting":
                step.began = now
            step.ended = now if state in MARKS else None
            step.state, step.detail = state, detail
            if not self._live and (step.said[0] != state or now - step.said[1] >= HUSH):
                step.said = (state, now)
                self._say(step)

    def unfinished(self, state: str = "failed") -> None:
        """Mark what still runs, when the night ends early."""
        for step in list(self.steps.values()):
            if step.state == "running":
                self.set(step.name, state, step.detail)

    def _say(self, step: Step) -> None:
        mark = MARKS.get(step.state, ("…", ""))[0]
        took = f" ({step.seconds:.1f} s)" if step.ended else ""
        detail = f": {step.detail}" if step.detail else ""
        self.console.print(
            f"[{self.elapsed:6.1f} s] {mark} {step.name}{detail}{took}", markup=False, highlight=False
        )

    def _render(self) -> Group:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=2)
        table.add_column(min_width=18)
        table.add_column(justify="right", min_width=7)
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        for step in self.steps.values():
            mark, style = MARKS.get(step.state, (" ", "dim"))
            seconds = f"{step.seconds:.1f} s" if step.began else ""
            table.add_row(
                self._spinner if step.state == "running" else Text(mark, style=style),
                Text(step.name, style="dim" if step.state == "waiting" else ""),
                Text(seconds, style="dim"),
                Text(step.detail, style=style if step.state in ("failed", "stale") else "dim"),
            )
        return Group(table, Text(f"\n   {self.elapsed:.0f} s", style="dim"))
