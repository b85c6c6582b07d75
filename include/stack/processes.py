"""Background processes that outlive the command that started them, found again by pid files."""

import contextlib
import hashlib
import json
import os
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from include.errors import Stop
from include.stack.home import REPOSITORY

PATIENCE = 5.0
"""How long a process may take to end by itself; Airflow's triggerer would take a quarter of a minute."""


@dataclass(frozen=True)
class Process:
    """One long-running program. `name` names its pid file and its log."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """Changes when the program would have to be started anew to see its new settings."""
        ours = sorted((k, v) for k, v in self.env.items() if k.startswith(("NIGHTSHIFT_", "AIRFLOW_")))
        return hashlib.sha256(repr((list(self.command), ours)).encode()).hexdigest()[:16]


class Processes:
    """Starts, finds and stops the processes of one home (`run`: pid files, `logs`: what they print)."""

    def __init__(self, run: Path, logs: Path):
        self.run = run
        self.logs = logs
        self._children: list[subprocess.Popen[bytes]] = []

    def ensure(self, process: Process) -> bool:
        """Start the process unless it runs with the same settings; True when it was started now."""
        known = self._known(process.name)
        if known and self._alive(known) and known["fingerprint"] == process.fingerprint:
            return False
        self.stop([process.name])
        log_file = self.logs / f"{process.name}.log"
        if log_file.exists():
            log_file.replace(log_file.with_suffix(".log.before"))
        with log_file.open("wb") as log:
            child = subprocess.Popen(
                list(process.command),
                env=dict(process.env),
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append(child)
        self._write(process, child.pid)
        return True

    def running(self, name: str) -> bool:
        """Whether the process of that name is alive; a reused process id does not count."""
        known = self._known(name)
        return bool(known and self._alive(known))

    def names(self) -> list[str]:
        """The processes that were started and not stopped, alive or not."""
        return sorted(file.stem for file in self.run.glob("*.pid"))

    def stop(self, names: Iterable[str]) -> None:
        """Ask all to end, wait, then end what is left of their sessions. Dead ones leave children: those go too."""
        wanted = [(name, known) for name in names if (known := self._known(name))]
        members = {member for _, known in wanted for member in _session(known)}
        for _, known in wanted:
            if self._alive(known):
                with contextlib.suppress(psutil.NoSuchProcess):
                    psutil.Process(known["pid"]).terminate()
        leaders = [member for member in members if any(member.pid == known["pid"] for _, known in wanted)]
        _await_end(leaders)
        rest = {member for _, known in wanted for member in _session(known)} | members
        for member in rest:
            with contextlib.suppress(psutil.NoSuchProcess):
                member.kill()
        _await_end(rest)
        for child in self._children:
            child.poll()
        for name, _ in wanted:
            (self.run / f"{name}.pid").unlink(missing_ok=True)

    def tail(self, name: str, lines: int = 30) -> str:
        """The last lines a process printed."""
        log = self.logs / f"{name}.log"
        text = log.read_text(errors="replace") if log.exists() else "(nothing)"
        return "\n".join(text.rstrip().splitlines()[-lines:])

    def must_run(self, name: str) -> None:
        """Raises Stop with the end of its log when the process has died."""
        if not self.running(name):
            raise Stop(f"{name} ended by itself. {self.logs / (name + '.log')} ends with:\n{self.tail(name)}")

    def _write(self, process: Process, pid: int) -> None:
        try:
            born = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            born = time.time()
        fresh = self.run / f"{process.name}.new"
        fresh.write_text(json.dumps({"pid": pid, "born": born, "fingerprint": process.fingerprint}))
        fresh.replace(self.run / f"{process.name}.pid")

    def _known(self, name: str) -> dict[str, Any] | None:
        try:
            return json.loads((self.run / f"{name}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    @staticmethod
    def _alive(known: dict[str, Any]) -> bool:
        try:
            process = psutil.Process(known["pid"])
            return abs(process.create_time() - known["born"]) < 2 and not _has_ended(process)
        except psutil.NoSuchProcess:
            return False


def _await_end(processes: Iterable[psutil.Process]) -> None:
    deadline = time.monotonic() + PATIENCE
    rest = list(processes)
    while rest and time.monotonic() < deadline:
        rest = [process for process in rest if not _has_ended(process)]
        time.sleep(0.05)


def _has_ended(process: psutil.Process) -> bool:
    """Gone, or a zombie that nobody has collected yet (in a container nobody may ever)."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _session(known: dict[str, Any]) -> list[psutil.Process]:
    """The living members of the session a process led, even when the leader itself was killed."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == known["pid"] and process.create_time() >= known["born"] - 2:
                members.append(process)
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue
    leader = next((member for member in members if member.pid == known["pid"]), None)
    if leader and abs(leader.create_time() - known["born"]) >= 2:
        return []  # the number was given to somebody else's session since
    return members
