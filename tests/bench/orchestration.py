"""How much of a night is not our own work: Airflow, imports, dbt's start; and what each task holds in memory.

One night runs through the real stack (scheduler, API server, sandbox). Its own work is the seconds of every load, from
the first request to the commit, as the warehouse says, and of the build and the actions from their first line to their
last, as the tasks' logs say. What of the night's wall no own work covers is Airflow's: finding, queueing, starting and
ending tasks, closing days, looking for work. None of that depends on how many orders there are, so these seconds, and
what a build in a process of its own (which holds what the scheduler holds for its tasks) spends on imports and dbt's
start, stand beside the own work of a night of 10,000 changed orders and of the actions, measured in the same run.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from rich.console import Console

from include.sources import REGISTRY
from include.stack.airflow import ACTIONS
from include.stack.company import Wish
from include.stack.display import Display
from include.stack.night import BUILD, Night
from include.stack.stack import Stack
from include.warehouse.connect import connect
from tests.bench import Row, Size
from tests.bench.history import a_night
from tests.bench.shop import shop

CHANGED: dict[Size, int] = {"full": 10_000, "quick": 60}
HISTORY: dict[Size, int] = {"full": 20_000, "quick": 1000}
HISTORY_DAYS = 30
MOST = 20.0
PATIENCE = 1800.0
"""Seconds of each part of a night that takes two minutes on two free cores: what takes longer hangs."""
WORKER = "airflow worker -- LocalExecutor: "
Span = tuple[float, float]


def run(console: Console, size: Size) -> list[Row]:
    """One night of the stack, one of 10,000 changed orders."""
    console.print(f"  loading a shop of {HISTORY[size]:,} orders")
    with shop(HISTORY[size], 100 if size == "full" else 50) as place:
        console.print("  its first build")
        place.build()
        console.print("  a night that is not measured")
        place.night(CHANGED[size])
        console.print("  the night that is")
        started = time.perf_counter()
        a_night(place.settings, place.book, CHANGED[size])
        loading = time.perf_counter() - started
        told = place.build(as_a_task=True).told
    starting = told.own_imports + told.dbt_start
    airflow, acting, memory = _night_of_the_stack(console)
    building = told.wall - told.imports - told.dbt_start
    own = loading + building + acting
    outside = airflow + starting
    console.print(
        f"  a night of {CHANGED[size]:,} changed orders: loading {loading:.1f} s, build and publication"
        f" {building:.1f} s, actions {acting:.1f} s; imports {told.own_imports:.1f} s, dbt's start"
        f" {told.dbt_start:.1f} s, Airflow {airflow:.1f} s"
    )
    return [
        Row(f"share of a night of {CHANGED[size]:,} changed orders outside our own work",
            (outside / (outside + own) * 100,), "%", at_most=MOST),
        Row("Airflow, a night", (airflow,), "s"),
        Row("imports and dbt's start, a build", (starting,), "s"),
        Row("loading, build, publication and actions", (own,), "s"),
        *(Row(f"memory of {name}", (peak,), "MB") for name, peak in sorted(memory.items())),
    ]  # fmt: skip


def _night_of_the_stack(console: Console) -> tuple[float, float, dict[str, float]]:
    """Seconds that no own work covers, seconds of the actions, and the most memory each task held, by 'dag.task'.

    Raises Stop, with what was under way, when a part of the stack does not start or a part of the night does not end.
    """
    with TemporaryDirectory(prefix="nightshift-bench-") as folder:
        stack = Stack(Wish(base=Path(folder), history_days=HISTORY_DAYS))
        try:
            parts = ["postgres", "sandbox", "warehouse", "airflow"]
            with Display(parts, console) as display:
                stack.start(display.tell)
            steps = [*(f"pull_{source}" for source in REGISTRY), BUILD, *ACTIONS]
            with Display(["airflow", *steps], console) as display, _watched() as peaks:
                outcome = Night(stack, display, PATIENCE).run(REGISTRY)
            if not outcome.well:
                raise RuntimeError(f"the night did not end well: {outcome.failures}")
            tasks = [
                (run.dag_id, task) for run in stack.api.runs(outcome.day) for task in stack.api.tasks(run)
            ]
            acting = _at_work(stack, ACTIONS)
            own = [*_loads(stack), *_at_work(stack, [BUILD]), *acting]
            airflow = _uncovered(_whole(stack, outcome.day), own)
        finally:
            stack.stop()
            stack.postgres.remove()
    memory: dict[str, float] = {}
    for dag_id, task in tasks:
        if peak := peaks.get(task["id"]):
            name = f"{dag_id}.{task['task_id']}"
            memory[name] = max(peak, memory.get(name, 0.0))
    return airflow, _covered(acting), memory


def _whole(stack: Stack, day: object) -> Span:
    """From the first run queued to the last task ended."""
    runs = stack.api.runs(day)  # type: ignore[arg-type]
    ends = [task["end_date"] for run in runs for task in stack.api.tasks(run) if task["end_date"]]
    return min(run.queued_at.timestamp() for run in runs if run.queued_at), max(
        datetime.fromisoformat(end.replace("Z", "+00:00")).timestamp() for end in ends
    )


def _loads(stack: Stack) -> list[Span]:
    """When loads were at work, from the first request to the commit."""
    with connect(stack.settings, "loader") as conn:
        spans = conn.execute(
            "SELECT extract(epoch FROM loaded_at) - seconds, extract(epoch FROM loaded_at)"
            " FROM raw.load_log WHERE seconds IS NOT NULL"
        ).fetchall()
    return [(float(start), float(end)) for start, end in spans]


def _at_work(stack: Stack, dag_ids: Iterable[str]) -> list[Span]:
    """When the longest task of each DAG was at work, from its operator's first line to its last, by its log."""
    return [
        max(map(_executed, (stack.home.logs / "tasks" / f"dag_id={dag_id}").rglob("*.log")), key=_seconds)
        for dag_id in dag_ids
    ]


def _executed(log: Path) -> Span:
    events = [json.loads(line) for line in log.read_text().splitlines()]
    when = {
        event["event"]: datetime.fromisoformat(event["timestamp"]).timestamp() for event in reversed(events)
    }
    return when["::endgroup::"], when["::group::Post Execute"]


def _seconds(span: Span) -> float:
    return span[1] - span[0]


def _covered(spans: Iterable[Span]) -> float:
    """Seconds that lie in one of the spans or several."""
    spans = sorted(spans)
    whole = spans[0][0], max(end for _, end in spans)
    return _seconds(whole) - _uncovered(whole, spans)


def _uncovered(whole: Span, spans: Iterable[Span]) -> float:
    """Seconds of `whole` that lie in none of the spans."""
    start, end = whole
    left, at = 0.0, start
    for first, last in sorted(spans):
        left += max(0.0, min(first, end) - at)
        at = max(at, min(last, end))
    return left + end - at


@contextmanager
def _watched() -> Iterator[dict[str, float]]:
    """The most resident megabytes of each task's process, by task instance, looked at twice a second."""
    peaks: dict[str, float] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            for process in psutil.process_iter(["cmdline"]):
                title = " ".join(process.info["cmdline"] or ())
                if title.startswith(WORKER) and "<idle>" not in title:
                    for child in _children(process):
                        name = title.removeprefix(WORKER).strip()
                        peaks[name] = max(peaks.get(name, 0.0), child)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _children(worker: psutil.Process) -> list[float]:
    with suppress(psutil.Error):
        return [child.memory_info().rss / 1e6 for child in worker.children()]
    return []
