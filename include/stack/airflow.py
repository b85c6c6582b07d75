"""Airflow as a home runs it: its processes, what they are told, and when a night may begin."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from include.errors import Stop
from include.stack import environment
from include.stack.airflow_api import AirflowApi
from include.stack.home import Home
from include.stack.processes import Process, Processes

AIRFLOW = ("api-server", "scheduler", "dag-processor")
COMMANDS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
ACTIONS = ("restock_alerts", "retargeting_lists", "sla_reports")
PATIENCE = 180.0


class Airflow:
    """The Airflow of a home, its API server on a given port."""

    def __init__(self, home: Home, processes: Processes, env: Mapping[str, str], port: int):
        self.port = port
        self._home, self._processes, self._env = home, processes, env

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """What its processes find in their environment, with these NIGHTSHIFT_ variables."""
        settings = environment.load_settings(variables)
        airflow = environment.airflow_variables(self._home, settings, self.port)
        return environment.environment(self._env, variables, airflow)

    def parts(self, variables: Mapping[str, str], names: Sequence[str]) -> list[Process]:
        """The processes of these names."""
        scheduled = {"NIGHTSHIFT_SCHEDULE_FROM": self._schedule_from()}
        env = self.environment({**variables, **scheduled})
        own = {"scheduler": {"NIGHTSHIFT_CODE": environment.code()}}
        return [
            Process(name, [sys.executable, "-m", "airflow", *COMMANDS[name]], env | own.get(name, {}))
            for name in names
        ]

    def wait(self, name: str, ready: Callable[[], bool]) -> None:
        """Wait until it is ready; Stop with what it printed when it cannot be."""
        deadline = time.monotonic() + PATIENCE
        while not ready():
            for part in AIRFLOW:
                self._processes.must_run(part)
            if time.monotonic() > deadline:
                raise Stop(f"{name} was not ready in {PATIENCE:.0f} s:\n{self._processes.tail(name)}")
            time.sleep(0.3)

    def _schedule_from(self) -> str:
        """Nights due before the first `up` are not run behind anybody's back; kept, so that DAGs stay the same."""
        file = self._home.path / "scheduled-from"
        if not file.exists() or not self._processes.running("scheduler"):
            file.write_text(datetime.now(UTC).replace(second=0, microsecond=0).isoformat())
        return file.read_text()


def dags_are_ready(api: AirflowApi) -> bool:
    """Whether all that a night needs are there; Stop when a file of theirs cannot be read."""
    missing = wanted_dags() - api.dag_ids()
    if missing and (errors := api.import_errors()):
        raise Stop("a DAG file cannot be read:\n" + "\n".join(errors))
    return not missing


def wanted_dags() -> set[str]:
    """The DAGs a night needs."""
    from include.sources import REGISTRY

    return {f"pull_{source}" for source in REGISTRY} | {"build_warehouse", *ACTIONS}
