"""Airflow looked after: a part that died is told, a scheduler that hands out no work starts anew."""

import io
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from rich.console import Console

from include.errors import Stop
from include.stack import watch as module
from include.stack.display import Display
from include.stack.watch import Watch


class Airflow:
    """What is queued while nothing runs, at each look; a restart makes them all run."""

    def __init__(self, *looks: set[str]):
        self.looks: Iterator[set[str]] = iter(looks)
        self.restarts = 0

    def unclaimed(self) -> set[str]:
        return next(self.looks)

    def restart_scheduler(self) -> None:
        self.restarts += 1


def restarts(airflow: Airflow, looks: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the scheduler was started anew in so many looks, one a minute."""
    minutes = iter(range(0, 60 * (looks + 1), 60))
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: float(next(minutes))))
    stack = SimpleNamespace(
        api=airflow,
        processes=SimpleNamespace(must_run=lambda name: None),
        restart_scheduler=airflow.restart_scheduler,
    )
    watch = Watch(stack, Display(["airflow"], Console(file=io.StringIO())))  # type: ignore[arg-type]
    for _ in range(looks):
        watch.look()
    return airflow.restarts


def test_a_task_that_nobody_takes_makes_the_scheduler_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restarts(Airflow({"one"}, {"one", "two"}, {"one"}), 3, monkeypatch) == 1


def test_tasks_that_are_taken_in_turn_disturb_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restarts(Airflow({"one"}, {"two"}, set(), {"two"}, {"three"}), 5, monkeypatch) == 0


def test_after_a_restart_there_is_as_much_time_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert restarts(Airflow(*[{"one"}] * 5), 5, monkeypatch) == 1
    assert restarts(Airflow(*[{"one"}] * 6), 6, monkeypatch) == 2


def test_a_part_that_died_is_told() -> None:
    def must_run(name: str) -> None:
        raise Stop(f"{name} ended by itself")

    stack = SimpleNamespace(processes=SimpleNamespace(must_run=must_run))
    with pytest.raises(Stop, match="ended by itself"):
        Watch(stack, Display([], Console(file=io.StringIO()))).look()  # type: ignore[arg-type]
