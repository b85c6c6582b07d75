"""Airflow over its REST API: is it well, which runs has a day, start one, why did one fail."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import requests

from include.errors import Stop, Wait

ENDED = ("success", "failed")
PAGE = 100


@dataclass(frozen=True)
class Run:
    """One run of a DAG. `state`: queued, running, success or failed."""

    dag_id: str
    run_id: str
    state: str
    queued_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in ENDED


@dataclass(frozen=True)
class Failure:
    """A failed task, the last lines of its log, and where the whole log can be read."""

    dag_id: str
    task: str
    lines: tuple[str, ...]
    url: str


class AirflowApi:
    """A signed-in client. The token is fetched at the first call and again when it expires."""

    def __init__(self, url: str, user: str, password: str):
        self.url = url.rstrip("/")
        self._login = {"username": user, "password": password}
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business between us and 127.0.0.1

    def health(self) -> dict[str, str]:
        """Component → 'healthy' or 'unhealthy'; empty while the API server does not answer."""
        try:
            answer = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=5)
            answer.raise_for_status()
        except requests.RequestException:
            return {}
        return {name: (part or {}).get("status") or "unhealthy" for name, part in answer.json().items()}

    def serves_tasks(self) -> bool:
        """Whether tasks can begin. Asked for the first time it takes seconds: Airflow makes that part of itself only then."""
        try:
            return self._session.get(f"{self.url}/execution/health", timeout=60).ok
        except requests.RequestException:
            return False

    def dag_ids(self) -> set[str]:
        """The DAGs the scheduler knows and does not hold paused."""
        dags = self._get("/dags", limit=PAGE)["dags"]
        return {dag["dag_id"] for dag in dags if not dag["is_paused"] and not dag["is_stale"]}

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files, one text per file."""
        errors = self._get("/importErrors", limit=PAGE)["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip()}" for error in errors]

    def runs(self, day: date) -> list[Run]:
        """All runs of all DAGs for a business day, newest first."""
        found = self._get(
            "/dags/~/dagRuns", partition_key_pattern=day.isoformat(), order_by="-run_after", limit=PAGE
        )["dag_runs"]
        return [_run(run) for run in found if run["partition_key"] == day.isoformat()]

    def under_way(self, dag_id: str) -> list[tuple[Run, dict[str, Any]]]:
        """The runs of a DAG that have not ended, oldest first, each with what it was asked to do."""
        found = self._get(
            f"/dags/{dag_id}/dagRuns", state=["queued", "running"], order_by="run_after", limit=PAGE
        )["dag_runs"]
        return [(_run(run), run.get("conf") or {}) for run in found]

    def run(self, dag_id: str, run_id: str) -> Run:
        """One run as it is now."""
        return _run(self._get(f"/dags/{dag_id}/dagRuns/{run_id}"))

    def trigger(self, dag_id: str, day: date | None = None, conf: Mapping[str, Any] | None = None) -> Run:
        """Start a run, for a business day where the DAG is partitioned."""
        body = {
            "logical_date": None,
            "conf": dict(conf or {}),
            **({"partition_key": day.isoformat()} if day else {}),
        }
        return _run(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body))

    def tasks(self, run: Run) -> list[dict[str, Any]]:
        """The task instances of a run as Airflow tells them."""
        return self._get(f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances", limit=PAGE)[
            "task_instances"
        ]

    def tried_again(self) -> set[str]:
        """The runs (their ids) of which a task has failed and waits for its next try."""
        found = self._get("/dags/~/dagRuns/~/taskInstances", state=["up_for_retry"], limit=PAGE)
        return {task["dag_run_id"] for task in found["task_instances"]}

    def unclaimed(self) -> set[str]:
        """The ids of the tasks that are queued, if none is running: nobody is at work for them to wait for."""
        found = self._get("/dags/~/dagRuns/~/taskInstances", state=["queued", "running"], limit=PAGE)[
            "task_instances"
        ]
        at_work = any(task["state"] == "running" for task in found)
        return set() if at_work else {task["id"] for task in found}

    def failures(self, run: Run, lines: int = 8) -> list[Failure]:
        """The failed tasks of a run; those that failed only because of others come without lines."""
        return [self._failure(run, task, lines) for task in self.tasks(run) if task["state"] == "failed"]

    def put_connections(self, connections: Iterable[Mapping[str, Any]]) -> None:
        """Create the connections, replacing those of the same id."""
        entities = [
            {**connection, "extra": json.dumps(connection.get("extra", {}))} for connection in connections
        ]
        action = {"action": "create", "entities": entities, "action_on_existence": "overwrite"}
        answer = self._call("PATCH", "/connections", json={"actions": [action]})
        errors = (answer.get("create") or {}).get("errors")
        if errors:
            raise Stop(f"Airflow refused the sandbox's connections: {errors}")

    def drop_connections(self, connection_ids: Iterable[str]) -> None:
        """Forget connections; unknown ones are no error."""
        entities = sorted(connection_ids)
        action = {"action": "delete", "entities": entities, "action_on_non_existence": "skip"}
        if entities:
            self._call("PATCH", "/connections", json={"actions": [action]})

    def connections(self) -> dict[str, str]:
        """Connection id → description, of all stored in Airflow."""
        found = self._get("/connections", limit=PAGE)["connections"]
        return {connection["connection_id"]: connection.get("description") or "" for connection in found}

    def _failure(self, run: Run, task: Mapping[str, Any], lines: int) -> Failure:
        name = task["task_id"]
        if task["map_index"] >= 0:
            name += f"[{task.get('rendered_map_index') or task['map_index']}]"
        where = f"{self.url}/dags/{run.dag_id}/runs/{run.run_id}/tasks/{task['task_id']}"
        if task["map_index"] >= 0:
            where += f"/mapped/{task['map_index']}"
        return Failure(run.dag_id, name, tuple(self._log(run, task)[-lines:]), where)

    def _log(self, run: Run, task: Mapping[str, Any]) -> list[str]:
        """The errors a task logged, or all it logged when it named none."""
        try:
            answer = self._get(
                f"/dags/{run.dag_id}/dagRuns/{run.run_id}/taskInstances/{task['task_id']}/logs/{task['try_number']}",
                map_index=task["map_index"],
                full_content="true",
            )
        except Stop:
            return []
        entries = [entry for entry in answer["content"] if isinstance(entry, dict)]
        errors = [entry for entry in entries if entry.get("level") in ("error", "critical")]
        return [line for entry in errors or entries for line in _lines(entry)]

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._call("GET", path, params=query)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for attempt in range(6):
            try:
                if "Authorization" not in self._session.headers:
                    self._sign_in()
                answer = self._session.request(method, f"{self.url}/api/v2{path}", timeout=30, **options)
            except requests.RequestException as error:
                # A run may have been started by the request that broke: only reading is repeated.
                if method != "GET" or attempt == 5:
                    raise Wait(f"Airflow does not answer at {self.url}: {type(error).__name__}") from None
                time.sleep(1 + attempt)
                continue
            if answer.status_code == 401:
                self._session.headers.pop("Authorization")
                continue
            if answer.status_code >= 500 and method == "GET" and attempt < 5:
                time.sleep(1 + attempt)
                continue
            if not answer.ok:
                raise Stop(f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:500]}")
            return answer.json()
        raise Stop(f"Airflow refuses the password in {self.url}: run `make down`, then `make up`")

    def _sign_in(self) -> None:
        answer = self._session.post(f"{self.url}/auth/token", json=self._login, timeout=30)
        if answer.status_code >= 500:
            raise requests.ConnectionError(f"sign-in answered {answer.status_code}")
        if not answer.ok:
            raise Stop(f"Airflow at {self.url} refuses our password: run `make down`, then `make up`")
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _run(run: Mapping[str, Any]) -> Run:
    queued = run.get("queued_at")
    return Run(
        run["dag_id"], run["dag_run_id"], run["state"], datetime.fromisoformat(queued) if queued else None
    )


def _lines(entry: Mapping[str, Any]) -> list[str]:
    said = [line for line in str(entry.get("event", "")).splitlines() if line.strip()]
    for error in entry.get("error_detail") or []:
        said.extend(f"{error.get('exc_type')}: {error.get('exc_value')}".splitlines())
    return said
