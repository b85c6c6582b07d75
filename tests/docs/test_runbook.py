"""Every incident of docs/runbook.md: the company is brought into that state, what is quoted is seen, what is to be typed
is typed, and it is over."""

import contextlib
import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from include.stack.stack import Stack
from tests.docs.runbook import Incident, incidents
from tests.docs.states import STATES, State
from tests.stack.homes import home_at, recipe, typed


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with home_at(tmp_path_factory.mktemp("runbook") / "home") as stack:
        yield stack


def test_every_incident_has_its_state() -> None:
    assert [incident.title for incident in incidents()] == list(STATES)


@pytest.mark.parametrize("incident", incidents(), ids=lambda incident: incident.title)
def test_what_the_runbook_says_is_so(
    incident: Incident,
    stack: Stack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    record_property: Callable[[str, str], None],
) -> None:
    with contextlib.contextmanager(STATES[incident.title])(stack, tmp_path, monkeypatch) as state:
        seen = squeezed(state.shown + (typed(stack.home.path, "make status") if state.answers else ""))
        assert [words for words in incident.notice if words not in seen] == []
        said = "".join(run(state, command, capfd) for command in incident.commands)
        stack.postgres.start()
        now = squeezed(typed(stack.home.path, "make status"))
        assert [words for words in incident.after if words not in squeezed(said) + now] == []
        assert [words for words in incident.notice if words in now and words not in incident.after] == []
        assert state.is_over()
    told = {"figure": "runbook procedures", "target": "all as the page says", "tried": 1, "survived": 1}
    record_property("score", json.dumps(told | {"seed": 0}))


def run(state: State, command: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Type one line of the page; what needs Airflow is done by the functions its tasks call."""
    for there, here in state.words.items():
        command = command.replace(there, here)
    if not command.startswith("make "):
        return subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
    arguments = recipe(command)
    if arguments[0] in ("night", "up") or (arguments[0] == "backfill" and "--dry-run" not in arguments):
        {"night": state.night, "up": state.stack.postgres.start, "backfill": state.replay}[arguments[0]]()
        return ""
    capfd.readouterr()
    said = typed(state.stack.home.path, command, said=state.said)
    return said + capfd.readouterr().out


def squeezed(text: str) -> str:
    """Without the breaks of a terminal's lines."""
    return " ".join(text.split())
