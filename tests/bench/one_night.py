"""One build and publication in a process of its own, as Airflow's task is one: `python -m tests.bench.one_night DAY`.

With `--as-a-task` it first imports what the scheduler has imported for its tasks.

The warehouse is that of the NIGHTSHIFT_* variables. Says on its last line, as JSON, where the time went: see `Told`.
"""

import json
import logging
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
NODES = {"model", "snapshot", "seed", "test"}


@dataclass
class Told:
    """Seconds of wall but for `cpu`: all of it, before the first line of ours ran, of these what the build imports for
    itself (dbt, Great Expectations), dbt's way to its first node.

    `phases` are those of `include.night`; `nodes` are dbt's, by kind and name; `mb` is the most memory held (10⁶ bytes).
    """

    wall: float = 0.0
    imports: float = 0.0
    own_imports: float = 0.0
    dbt_start: float = 0.0
    cpu: float = 0.0
    mb: float = 0.0
    phases: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, dict[str, float]] = field(default_factory=dict)


def main(day: date, as_a_task: bool) -> Told:
    """Build `day` and tell of it."""
    logging.disable(logging.WARNING)
    told, me = Told(), psutil.Process()
    from include import dbt_runner, night, quality, settings
    from include.warehouse import build

    if as_a_task:
        _import_as_the_scheduler_does()
    started = time.perf_counter()
    _import_the_slow()
    told.own_imports = time.perf_counter() - started
    told.imports = time.time() - me.create_time()
    for module, name in (
        (build, "freeze"), (quality, "check_entering"), (dbt_runner, "build"), (dbt_runner, "manifest"),
        (quality, "check_leaving"), (night, "publish"),
    ):  # fmt: skip
        _time(told.phases, module, name)
    place = settings.load()
    started = time.time()
    night.build_and_publish(place, day)
    told.wall = time.time() - me.create_time()
    results = json.loads((dbt_runner.target_folder(place) / "run_results.json").read_bytes())
    building = started + told.phases["freeze"] + told.phases["check_entering"]
    told.dbt_start = _first_start(results) - building
    for result in results["results"]:
        kind, name = result["unique_id"].split(".")[0], result["unique_id"].split(".")[2]
        told.nodes.setdefault(kind, {})[name] = result["execution_time"]
    spent, used = me.cpu_times(), resource.getrusage(resource.RUSAGE_SELF)
    told.cpu = spent.user + spent.system + spent.children_user + spent.children_system
    told.mb = used.ru_maxrss * 1024 / 1e6
    return told


def _import_as_the_scheduler_does() -> None:
    os.environ["AIRFLOW_HOME"] = os.path.join(os.environ["NIGHTSHIFT_HOME"], "airflow")
    sys.path.insert(0, str(ROOT / "plugins"))
    from nightshift.ahead import import_ahead

    import_ahead()


def _import_the_slow() -> None:
    """What the build imports when it first needs it: here, to be able to say how long that takes."""
    import dbt.adapters.postgres
    import dbt.cli.main  # noqa: F401

    import expectations.leaving  # noqa: F401


def _time(spent: dict[str, float], module: Any, name: str) -> None:
    """Have every call of a module's function add to `spent[name]`."""
    work: Callable[..., Any] = getattr(module, name)

    def timed(*args: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return work(*args, **options)
        finally:
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - started

    setattr(module, name, timed)


def _first_start(results: dict[str, Any]) -> float:
    starts = [timing["started_at"] for each in results["results"] for timing in each["timing"]]
    return datetime.fromisoformat(min(starts).replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    print(json.dumps(asdict(main(date.fromisoformat(sys.argv[1]), "--as-a-task" in sys.argv))))
