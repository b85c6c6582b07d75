"""Airflow's scheduler and workers killed in the middle of a real night: it is taken up, and ends as if nothing had been."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from include.sandbox.faces import mail, odoo, slack
from include.sandbox.state import State
from include.stack.company import Wish
from include.stack.home import REPOSITORY
from include.stack.stack import Stack
from tests.chaos import oracle
from tests.chaos.amounts import score

pytestmark = [pytest.mark.prove, pytest.mark.slow, pytest.mark.timeout(3000)]

FIGURE = "Airflow's scheduler and workers killed in the middle of a real night"
DAYS = "20"
WORKER = "LocalExecutor: "


class Home:
    """A company of its own, whose nights are run as a person runs them: `make night`."""

    def __init__(self, path: Path):
        self.path = path
        self.log = path.with_name("night.log")
        self._nights: list[subprocess.Popen[bytes]] = []

    def night(self) -> subprocess.Popen[bytes]:
        env = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "HISTORY_DAYS": DAYS,
            "NIGHTSHIFT_HOME": str(self.path),
        }
        with self.log.open("ab") as log:
            night = subprocess.Popen(
                [sys.executable, "-m", "include.stack", "night"],
                cwd=REPOSITORY,
                env=env,
                stdout=log,
                stderr=log,
            )
        self._nights.append(night)
        return night

    @property
    def stack(self) -> Stack:
        return Stack(Wish(base=self.path, history_days=int(DAYS)))

    @property
    def told(self) -> str:
        return self.log.read_text(errors="replace")

    def ask(self, query: str) -> int:
        """One number of the warehouse."""
        with psycopg.connect(self.stack.postgres.dsn("nightshift")) as conn:
            return conn.execute(query).fetchone()[0]

    def has(self, query: str) -> bool:
        """Whether there is such a row; no while there is no warehouse yet."""
        with suppress(Exception):
            return self.ask(f"SELECT count(*) FROM {query}") > 0
        return False

    def scheduler(self) -> list[psutil.Process]:
        """The scheduler and every worker and task below it."""
        parent = psutil.Process(json.loads((self.path / "run" / "scheduler.pid").read_text())["pid"])
        return [parent, *parent.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """The scheduler's workers, idle or not, and what they are working on."""
        found = [one for one in self.scheduler()[1:] if WORKER in command(one)]
        return [*(task for one in found for task in one.children(recursive=True)), *found]

    def remove(self) -> None:
        for night in self._nights:
            night.kill()
            night.wait()
        self.stack.stop()
        self.stack.postgres.remove()

    def once(self, night: subprocess.Popen[bytes], what: Callable[[], bool]) -> None:
        """Wait for a moment of a night."""
        until = time.monotonic() + 1200
        while not what():
            assert night.poll() is None, f"the night was over before: {self.told[-3000:]}"
            assert time.monotonic() < until, self.told[-3000:]
            time.sleep(0.2)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    one = Home(tmp_path / "home")
    try:
        yield one
    finally:
        one.remove()


def command(process: psutil.Process) -> str:
    """What it calls itself; nothing when it has ended."""
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


def kill(processes: list[psutil.Process]) -> int:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    return len(processes)


def test_a_night_whose_scheduler_and_workers_are_killed_ends_as_if_nothing_had_been(home, record_property):
    first = home.night()
    home.once(first, lambda: home.has("raw.load_log HAVING count(*) >= 5"))
    kill(home.scheduler())
    assert first.wait(600) != 0, "nobody noticed"

    second = home.night()
    home.once(second, lambda: home.has("ops.build WHERE status = 'running'"))
    assert kill(home.workers()) > 1
    if second.wait(2000) != 0:
        assert home.night().wait(2000) == 0, home.told[-3000:]

    faults = amiss(home)
    record_property(*score(FIGURE, "all", 2, 0 if faults else 2))
    assert faults == []


def amiss(home: Home) -> list[str]:
    """What is not as after a night that nobody disturbed."""
    seen = received(home)
    told = [f"of the {name} none was sent" for name, things in seen.items() if not things]
    told += [
        f"of the {name} this was sent {times} times: {what}"
        for name, things in seen.items()
        for what, times in things.items()
        if times > 1
    ]
    if not re.search(r"all \d+ figures equal the sandbox's truth", home.told):
        told.append(f"the figures are not the truth: {home.told[-3000:]}")
    home.stack.start_postgres()  # it went with the night
    if home.ask("SELECT count(*) FROM ops.build WHERE status = 'running'"):
        told.append("a build is left running")
    if not home.ask("SELECT count(*) FROM ops.build WHERE status = 'published'"):
        told.append("no build was published")
    logs = [home.path / "logs", home.path / "airflow"]
    return told + oracle.secrets_in(logs, home.stack.settings, oracle.SANDBOX_SECRETS)


def received(home: Home) -> dict[str, Counter[str]]:
    """What the receivers hold, by what makes it one thing."""
    state = State(home.path / "sandbox" / "state.sqlite")
    return {
        "messages": Counter(json.dumps(one["blocks"]) for one in state.all(slack.KIND)),
        "mails": Counter(one["message_id"] for one in state.all(mail.KIND)),
        "orders": Counter(one["x_nightshift_key"] for one in state.all(odoo.KIND)),
    }
