"""The client against a small server that answers as Airflow does."""

import json
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from include.errors import Stop, Wait
from include.stack.airflow_api import AirflowApi, Run

DAY = date(2026, 11, 21)
RUN = {
    "dag_id": "pull_shopify",
    "dag_run_id": "manual__1",
    "state": "running",
    "queued_at": "2026-11-22T07:00:00Z",
    "partition_key": "2026-11-21",
}
Answer = Callable[[dict[str, list[str]], Any], tuple[int, Any]]


class Airflow:
    """Answers by (method, path); remembers what it was asked. Tokens are good until `expire`."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], Answer] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.tokens = 0
        self.valid = ""

    def expire(self) -> None:
        self.valid = "none"

    def handle(self, method: str, target: str, token: str | None, body: Any) -> tuple[int, Any]:
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path == "/auth/token":
            if body != {"username": "admin", "password": "right"}:
                return 401, {"detail": "no"}
            self.tokens += 1
            self.valid = f"token-{self.tokens}"
            return 201, {"access_token": self.valid}
        self.asked.append((method, path, body))
        if path != "/api/v2/monitor/health" and token != f"Bearer {self.valid}":
            return 401, {"detail": "expired"}
        return self.answers[method, path](query, body)


@pytest.fixture
def airflow() -> Iterator[tuple[Airflow, str]]:
    state = Airflow()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(size)) if size else None
            status, content = state.handle(self.command, self.path, self.headers.get("Authorization"), body)
            text = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = answer

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def client(url: str, password: str = "right") -> AirflowApi:
    return AirflowApi(url, "admin", password)


def test_the_runs_of_a_day_are_its_own_only(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    other = {**RUN, "dag_run_id": "manual__2", "partition_key": "2026-11-210"}
    state.answers["GET", "/api/v2/dags/~/dagRuns"] = lambda query, _: (200, {"dag_runs": [RUN, other]})
    assert [run.run_id for run in client(url).runs(DAY)] == ["manual__1"]


def test_an_expired_token_is_renewed_in_passing(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    state.answers["GET", "/api/v2/dags"] = lambda *_: (200, {"dags": []})
    api = client(url)
    api.dag_ids()
    state.expire()
    assert api.dag_ids() == set()
    assert state.tokens == 2


def test_a_wrong_password_says_what_to_do(airflow: tuple[Airflow, str]) -> None:
    with pytest.raises(Stop, match="make up"):
        client(airflow[1], "wrong").dag_ids()


def test_paused_dags_do_not_count(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    dags = [
        {"dag_id": "a", "is_paused": False, "is_stale": False},
        {"dag_id": "b", "is_paused": True, "is_stale": False},
    ]
    state.answers["GET", "/api/v2/dags"] = lambda *_: (200, {"dags": dags})
    assert client(url).dag_ids() == {"a"}


def test_a_day_is_triggered_by_its_partition_key(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    state.answers["POST", "/api/v2/dags/pull_shopify/dagRuns"] = lambda *_: (200, RUN)
    client(url).trigger("pull_shopify", DAY)
    assert state.asked[-1][2] == {"logical_date": None, "conf": {}, "partition_key": "2026-11-21"}


def test_reading_is_repeated_when_airflow_stumbles(
    airflow: tuple[Airflow, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.stack.airflow_api.time.sleep", lambda seconds: None)
    state, url = airflow
    answers = iter([(503, {}), (200, {"dags": []})])
    state.answers["GET", "/api/v2/dags"] = lambda *_: next(answers)
    assert client(url).dag_ids() == set()


def test_a_trigger_whose_answer_was_lost_is_not_repeated(
    airflow: tuple[Airflow, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    state, url = airflow
    api = client(url)
    state.answers["GET", "/api/v2/dags"] = lambda *_: (200, {"dags": []})
    api.dag_ids()
    api.url = "http://127.0.0.1:9"
    with pytest.raises(Wait, match="does not answer"):
        api.trigger("pull_shopify", DAY)


def test_a_refusal_is_told_in_airflows_words(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    state.answers["GET", "/api/v2/dags"] = lambda *_: (404, {"detail": "no such thing"})
    with pytest.raises(Stop, match=r"404 .*no such thing"):
        client(url).dag_ids()


def test_a_failed_task_is_shown_with_its_error_not_with_its_chatter(airflow: tuple[Airflow, str]) -> None:
    state, url = airflow
    base = "/api/v2/dags/pull_shopify/dagRuns/manual__1/taskInstances"
    task = {
        "task_id": "pull",
        "map_index": 3,
        "rendered_map_index": "orders",
        "try_number": 2,
        "state": "failed",
    }
    log = [
        {"level": "info", "event": "reading page 1"},
        {
            "level": "error",
            "event": "Task failed with exception",
            "error_detail": [
                {"exc_type": "FixCredentials", "exc_value": "shopify acme: the token was refused"}
            ],
        },
    ]
    state.answers["GET", base] = lambda *_: (200, {"task_instances": [task]})
    state.answers["GET", f"{base}/pull/logs/2"] = lambda *_: (200, {"content": log})
    [failure] = client(url).failures(Run("pull_shopify", "manual__1", "failed", None))
    assert failure.task == "pull[orders]"
    assert failure.lines == (
        "Task failed with exception",
        "FixCredentials: shopify acme: the token was refused",
    )
    assert failure.url.endswith("/tasks/pull/mapped/3")


@pytest.mark.parametrize(
    ("states", "unclaimed"),
    [(["queued", "queued"], {"0", "1"}), (["queued", "running"], set()), ([], set())],
)
def test_what_is_queued_is_unclaimed_while_nothing_runs(
    airflow: tuple[Airflow, str], states: list[str], unclaimed: set[str]
) -> None:
    state, url = airflow
    tasks = [{"id": str(n), "state": one} for n, one in enumerate(states)]

    def answer(query: dict[str, list[str]], _: Any) -> tuple[int, Any]:
        assert query["state"] == ["queued", "running"]
        return 200, {"task_instances": tasks}

    state.answers["GET", "/api/v2/dags/~/dagRuns/~/taskInstances"] = answer
    assert client(url).unclaimed() == unclaimed


def test_nothing_is_healthy_where_nobody_answers() -> None:
    assert client("http://127.0.0.1:9").health() == {}
