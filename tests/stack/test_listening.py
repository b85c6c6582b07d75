"""Nothing listens beyond this machine, nothing is shown without signing in, no file is open to others."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import requests

from include.sandbox.faces import FACES
from include.stack.company import Wish
from include.stack.environment import USER
from include.stack.postgres import EmbeddedPostgres
from include.stack.stack import Stack
from tests.sandbox.tiny import served
from tests.stack.listening import beyond_this_machine, listeners


def test_the_database_and_every_vendors_face_listen_here_only(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    with served(tmp_path / "sandbox", *(face.vendor for face in FACES)) as running:
        found = listeners([psutil.Process(postgres.pid()), psutil.Process()])
        ports = {port for _, _, port in found}
        assert {postgres.port, running.smtp_port, int(running.url.rpartition(":")[2])} <= ports
        assert beyond_this_machine(found) == []


def test_a_home_is_shut_to_others_when_it_is_opened(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    Stack(Wish(base=home, sandbox=False), env={})
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_the_whole_stack_listens_here_only_and_asks_everybody_to_sign_in(
    tmp_path: Path, record_property: Callable[[str, str], None]
) -> None:
    before = os.umask(0o077)  # as the commands do
    stack = Stack(Wish(base=tmp_path / "home", history_days=5))
    stack.home.stay_up(True)
    try:
        stack.start()
        pids = [json.loads(file.read_text())["pid"] for file in stack.home.run.glob("*.pid")]
        found = listeners(psutil.Process(pid) for pid in (*pids, stack.postgres.pid()))
        assert {stack.postgres.port, stack.home.port("airflow", True), stack.home.port("sandbox", True)} <= {
            port for _, _, port in found
        }
        pages = ["/api/v2/dags", "/api/v2/connections", "/api/v2/variables", "/ui/config", "/ui/dags"]
        without = {page: requests.get(stack.api.url + page, timeout=30).status_code for page in pages}
        wrong = requests.post(
            f"{stack.api.url}/auth/token", json={"username": USER, "password": "admin"}, timeout=30
        )
        assert stack.api.dag_ids()
        open_files = [
            str(path)
            for path in [stack.home.path, *stack.home.path.rglob("*")]
            if not path.is_symlink() and path.stat().st_mode & 0o077
        ]
    finally:
        stack.stop()
        stack.postgres.remove()
        os.umask(before)
    abroad = beyond_this_machine(found)
    told = {"figure": "sockets that listen", "target": "none beyond 127.0.0.1", "tried": len(found)}
    record_property("score", json.dumps(told | {"survived": len(found) - len(abroad), "seed": 0}))
    assert abroad == []
    assert set(without.values()) <= {401, 403}, without
    assert wrong.status_code == 401
    assert open_files == []
