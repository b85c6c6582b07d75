"""Progress on something that is no terminal: one line per change, none twice."""

import io
import time

import pytest
from rich.console import Console

from include.stack.display import Display


def shown(*changes: tuple[str, str, str]) -> list[str]:
    output = io.StringIO()
    with Display(["postgres", "pull_shopify"], Console(file=output, width=200)) as display:
        for change in changes:
            display.set(*change)
    return [line.split("] ", 1)[1] for line in output.getvalue().splitlines()]


def test_a_change_is_one_line() -> None:
    assert shown(("postgres", "running", "starting")) == ["… postgres: starting"]


def test_saying_the_same_again_says_nothing() -> None:
    lines = shown(("postgres", "running", "starting"), ("postgres", "running", "starting"))
    assert len(lines) == 1


def test_an_end_tells_how_long_it_took() -> None:
    lines = shown(("postgres", "running", "starting"), ("postgres", "done", ""))
    assert lines[1].startswith("✓ postgres (")


def test_a_source_that_did_not_land_is_marked() -> None:
    assert shown(("pull_shopify", "stale", "did not land: orders"))[0].startswith(
        "! pull_shopify: did not land: orders"
    )


def test_square_brackets_in_a_message_are_not_markup() -> None:
    assert "[/red]" in shown(("pull_shopify", "running", "path [/red]"))[0]


def test_what_still_runs_when_a_night_ends_early_is_marked_failed() -> None:
    display = Display(["postgres"], Console(file=io.StringIO()))
    display.tell("postgres", "starting")
    display.unfinished()
    assert display.steps["postgres"].state == "failed"


def test_a_terminal_sees_every_step_at_once() -> None:
    output = io.StringIO()
    console = Console(file=output, width=100)
    display = Display(["postgres", "pull_shopify"], console)
    display.set("postgres", "running", "starting")
    console.print(display._render())
    assert "postgres" in output.getvalue()
    assert "pull_shopify" in output.getvalue()


def test_what_goes_on_for_long_is_a_line_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    output = io.StringIO()
    display = Display(["build_warehouse"], Console(file=output, width=200))
    for done in range(1, 301):
        now += 0.1
        display.set("build_warehouse", "running", f"{done} of 300 models and tests")
    display.set("build_warehouse", "done", "published 04:31")
    lines = output.getvalue().splitlines()
    assert lines[0].endswith("1 of 300 models and tests")
    assert 5 <= len(lines) - 2 <= 6
    assert "published 04:31" in lines[-1]
