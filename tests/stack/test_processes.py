"""Background processes are found again, restarted when their settings change, and leave nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from include.errors import Stop
from include.stack.processes import Process, Processes

SLEEPER = (sys.executable, "-c", "import time; print('awake', flush=True); time.sleep(600)")
PARENT = (
    sys.executable,
    "-c",
    "import subprocess, sys, time;"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print(child.pid, flush=True); time.sleep(600)",
)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    for name in ("run", "logs"):
        (tmp_path / name).mkdir()
    processes = Processes(tmp_path / "run", tmp_path / "logs")
    yield processes
    processes.stop(processes.names())


def sleeper(**env: str) -> Process:
    return Process("sleeper", SLEEPER, {**os.environ, **env})


def known_pid(processes: Processes, name: str = "sleeper") -> int:
    return json.loads((processes.run / f"{name}.pid").read_text())["pid"]


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_running_process_is_not_started_twice(processes: Processes) -> None:
    assert processes.ensure(sleeper())
    first = known_pid(processes)
    assert not processes.ensure(sleeper())
    assert known_pid(processes) == first


def test_changed_settings_start_it_anew(processes: Processes) -> None:
    processes.ensure(sleeper(NIGHTSHIFT_TIMEZONE="Europe/Berlin"))
    first = known_pid(processes)
    assert processes.ensure(sleeper(NIGHTSHIFT_TIMEZONE="Asia/Tokyo"))
    assert known_pid(processes) != first
    assert not psutil.pid_exists(first)


def test_a_killed_process_is_started_again(processes: Processes) -> None:
    processes.ensure(sleeper())
    os.kill(known_pid(processes), signal.SIGKILL)
    assert eventually(lambda: not processes.running("sleeper"))
    assert processes.ensure(sleeper())
    assert processes.running("sleeper")


def test_children_of_a_killed_process_go_with_the_next_stop(processes: Processes) -> None:
    processes.ensure(Process("parent", PARENT, os.environ))
    assert eventually(lambda: processes.tail("parent").isdigit())
    child = int(processes.tail("parent"))
    os.kill(known_pid(processes, "parent"), signal.SIGKILL)
    assert psutil.pid_exists(child)
    processes.stop(["parent"])
    assert eventually(lambda: not psutil.pid_exists(child))


def test_a_pid_file_whose_number_was_given_to_another_process_harms_nobody(processes: Processes) -> None:
    stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        stale = {"pid": stranger.pid, "born": time.time() - 86400, "fingerprint": "old"}
        (processes.run / "sleeper.pid").write_text(json.dumps(stale))
        assert not processes.running("sleeper")
        processes.stop(["sleeper"])
        assert stranger.poll() is None
        assert not (processes.run / "sleeper.pid").exists()
    finally:
        stranger.kill()
        stranger.wait()


def test_the_death_of_a_process_is_told_with_its_last_words(processes: Processes) -> None:
    script = (sys.executable, "-c", "raise SystemExit('the port is taken')")
    processes.ensure(Process("sleeper", script, os.environ))
    assert eventually(lambda: not processes.running("sleeper"))
    with pytest.raises(Stop, match="the port is taken"):
        processes.must_run("sleeper")


def test_a_stubborn_process_is_ended_all_the_same(
    processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.stack.processes.PATIENCE", 0.5)
    script = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    processes.ensure(Process("sleeper", (sys.executable, "-c", script), os.environ))
    assert eventually(lambda: processes.tail("sleeper") == "deaf")
    pid = known_pid(processes)
    processes.stop(["sleeper"])
    assert eventually(
        lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    )
