"""`make night`: the stack, the night and the morning after."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from include.errors import Stop
from include.stack.airflow import ACTIONS
from include.stack.airflow_api import Failure
from include.stack.display import Display
from include.stack.night import BUILD, Night, Outcome
from include.stack.stack import Stack
from include.stack.status import addresses
from include.stack.summary import print_summary

WITNESS = "all_streams_landed"


def run_night(stack: Stack, console: Console) -> int:
    """Run the night of the newest business day; returns the exit status, 0 when it went well.

    Whatever this started is stopped at the end; what `make up` started goes on running.
    """
    from include.sources import REGISTRY

    sources = list(REGISTRY)
    steps = [
        "postgres",
        "sandbox",
        "warehouse",
        "airflow",
        *(f"pull_{source}" for source in sources),
        BUILD,
        *ACTIONS,
    ]
    with alone(stack):
        try:
            with Display(steps, console) as display:
                outcome = _follow(stack, display, sources)
            console.print(f"\nThe night of {outcome.day} took {display.elapsed:.0f} s.")
            explain(outcome.failures, console)
            if outcome.published:
                print_summary(stack, outcome.day, console)
            if stack.home.stays_up:
                addresses(stack, console)
        finally:
            if not stack.home.stays_up:
                stack.stop()
    if not outcome.well:
        console.print(
            "The night did not end well: `make status` says what stands, `make night` takes it up again."
        )
    return 0 if outcome.well else 1


def explain(failures: list[Failure], console: Console) -> None:
    """Print why tasks failed: once per reason, with the end of the log and where to read on.

    A task that only noticed another's failure is left out.
    """
    reasons: dict[tuple[str, tuple[str, ...]], list[Failure]] = {}
    for failure in failures:
        if failure.task != WITNESS or len(failures) == 1:
            reasons.setdefault((failure.dag_id, failure.lines), []).append(failure)
    for (dag_id, lines), alike in reasons.items():
        body = Text("\n".join(lines) or "(its log says nothing)")
        body.append(f"\n{alike[0].url}", style="dim")
        tasks = ", ".join(failure.task for failure in alike)
        console.print(Panel(body, title=f"{dag_id} · {tasks} failed", border_style="red", title_align="left"))


@contextmanager
def alone(stack: Stack) -> Iterator[None]:
    """Stop when another `make night` works on this home."""
    with open(stack.home.path / "night.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Stop(f"another `make night` is at work in {stack.home.path}") from None
        yield


def _follow(stack: Stack, display: Display, sources: list[str]) -> Outcome:
    try:
        if not stack.with_sandbox:
            display.set("sandbox", "skipped", "all accounts are real")
        stack.start(display.tell)
        for source in set(sources) - set(connected := stack.connected_sources()):
            display.set(f"pull_{source}", "skipped", "not connected")
        return Night(stack, display).run(connected)
    except BaseException:
        display.unfinished()
        raise
