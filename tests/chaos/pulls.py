"""A pull that nobody disturbs: what it brings, and what it calls on the way."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from include.sandbox.server import Running
from include.settings import Settings
from tests.chaos import jobs, oracle
from tests.chaos.places import Place
from tests.chaos.points import EXTRACT, LOAD
from tests.chaos.processes import trace
from tests.sources.company import NOW, account

NIGHT = NOW + timedelta(hours=6)


@dataclass
class Told:
    """A stream, what the vendor tells of it, and how often its pull calls each step."""

    arguments: tuple[Any, ...]
    truth: dict[str, oracle.Rows]
    calls: dict[str, int]


def undisturbed(place: Place, migrated: Settings, company: Running, source: str, stream: str) -> Told:
    arguments = (account(company, source), stream, "night-1", NIGHT)
    with place.copy(migrated) as settings:
        calls = trace(place.logs, EXTRACT + LOAD, jobs.pull_night, settings, *arguments, False)
        return Told(arguments, oracle.state(settings), calls)
