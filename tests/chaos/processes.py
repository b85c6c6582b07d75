"""Work of the product in processes of its own, which may be killed, stopped and resumed.

They are forked from a server that has imported everything, so one costs some 20 ms. Whatever they log, at the most
talkative level, goes to a file that is searched for secrets afterwards.
"""

import json
import logging
import multiprocessing
import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import psutil

from include.errors import NightshiftError, Wait
from tests.chaos.points import Point, signal_at, watch

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["tests.chaos.jobs", "tests.chaos.processes"])
_numbers = count(1)

DONE, AGAIN, REFUSED, BROKEN = 0, 75, 65, 1
"""How work ends: done, Wait (try again), any other error of ours, an error nobody foresaw."""
LONGEST = 120  # seconds, but for those in which we were stopped ourselves


class Work:
    """One process at work; `ended` waits for it and gives its exit code (negative: the signal that killed it)."""

    def __init__(
        self,
        folder: Path,
        job: Callable[..., Any],
        *args: Any,
        at: Point | None = None,
        sign: int = signal.SIGKILL,
        env: Mapping[str, str] | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self._job = job.__name__
        self._log = folder / f"{next(_numbers):05}-{self._job}.log"
        self._log.touch()
        given = (job, args, at, sign, dict(env or {}), str(self._log))
        self._process = _SERVER.Process(target=_work, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    def ended(self) -> int:
        for _ in range(LONGEST):
            self._process.join(1)
            if self._process.exitcode is not None:
                return self._process.exitcode
        self._process.kill()
        raise TimeoutError(f"{self._job} hangs; it said: {self.said}")

    def is_stopped(self) -> bool:
        """Wait until the process was stopped (True) or has ended (False)."""
        while self._process.exitcode is None:
            try:
                if psutil.Process(self.pid).status() == psutil.STATUS_STOPPED:
                    return True
            except psutil.NoSuchProcess:
                pass
            self._process.join(0.005)
        return False

    @property
    def is_over(self) -> bool:
        return self._process.exitcode is not None

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.join()

    @property
    def said(self) -> str:
        """The end of the log."""
        return self._log.read_text(errors="replace")[-2000:]


def do(folder: Path, job: Callable[..., Any], *args: Any, **options: Any) -> None:
    """Undisturbed work, such as an ordinary retry: it must be done."""
    work = Work(folder, job, *args, **options)
    assert work.ended() == DONE, f"{job.__name__} was not done: {work.said}"


def trace(
    folder: Path, steps: tuple[str, ...], job: Callable[..., Any], *args: Any, **options: Any
) -> Counter[str]:
    """How often undisturbed work calls each step."""
    file = folder / "trace.json"
    folder.mkdir(parents=True, exist_ok=True)
    do(folder, traced, str(file), steps, job, args, **options)
    return Counter(json.loads(file.read_text()))


def traced(file: str, steps: tuple[str, ...], job: Callable[..., Any], args: tuple[Any, ...]) -> None:
    calls: Counter[str] = Counter()
    watch(steps, lambda step, call, moment: calls.update([step] if moment == "before" else []))
    job(*args)
    Path(file).write_text(json.dumps(calls))


def _work(
    job: Callable[..., Any], args: tuple[Any, ...], at: Point | None, sign: int, env: dict[str, str], log: str
) -> None:
    """The life of the process. Nothing of it is ever printed: its output is the log."""
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(file, descriptor)
    os.environ.update(env)
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, force=True)
    if at:
        signal_at(at, sign)
    os._exit(_code(job, args))


def _code(job: Callable[..., Any], args: tuple[Any, ...]) -> int:
    try:
        job(*args)
    except Wait as error:
        logging.error("again: %s", error)
        return AGAIN
    except NightshiftError as error:
        logging.error("refused: %s", error)
        return REFUSED
    except BaseException:
        traceback.print_exc()
        return BROKEN
    return DONE
