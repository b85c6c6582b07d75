"""Whatever a receiver answers: after one ordinary run more it has everything once, or twice and marked as such."""

import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from include.activation import holdout
from include.activation.destinations.base import Destination
from include.errors import NightshiftError
from include.privacy.suppression import suppress
from include.settings import Settings
from include.stack.postgres import EmbeddedPostgres
from tests.activation.house import DAY, NEXT, House, candidates, need, people, publish, wish
from tests.chaos import jobs
from tests.chaos.places import Place
from tests.chaos.receivers import amiss, held, receivers
from tests.hostile.amounts import part, score, seed
from tests.hostile.faults.fault import Fault
from tests.hostile.faults.receiving import receiving
from tests.hostile.proxy import Proxy, spoiling
from tests.hostile.survey import Pushed, hurry

FIGURE = "HTTP faults at receivers, after which everything is there once, or twice and marked"
TARGET = "all"
SEED, SAMPLE = 13, 3
WHERE = {
    "slack": "/services/", "odoo": " /odoo/", "meta": " /meta/", "klaviyo": " /klaviyo/",
    "google_data_manager": " /google-",
}  # fmt: skip
MOST = 5
"""Of a receiver's requests so many are spoilt, each in a run of its own."""
EVERYBODY = [f"{name}@example.com" for name in ("ann", "bob", "cat", "dan", "eve")]
_numbers = count(1)


@dataclass(frozen=True)
class Duty:
    """Something to be sent from a warehouse to receivers with a memory, and what they hold when nothing goes wrong."""

    job: Callable[..., Any]
    names: tuple[str, ...]
    settings: Settings
    memory: Path
    place: Place
    truth: dict[str, Any]

    @contextmanager
    def begun(self) -> Iterator[tuple[Settings, House, Proxy, dict[str, Destination]]]:
        """A copy of it all, with a proxy before the receivers."""
        folder = self.place.folder / f"receivers-{next(_numbers)}"
        with (
            self.place.copy(self.settings) as settings,
            receivers(folder, self.memory) as house,
            spoiling(house.running.url) as proxy,
        ):
            through = House(replace(house.running, url=proxy.url))
            yield settings, house, proxy, through.destinations(*self.names)
        shutil.rmtree(folder)

    def asked(self, vendor: str) -> int:
        """How many requests one receiver gets in an undisturbed run."""
        with self.begun() as (settings, _, proxy, destinations):
            self.job(settings, NEXT, destinations)
            return sum(WHERE[vendor] in request for request in proxy.asked)


@pytest.fixture(scope="module")
def place(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(postgres, tmp_path_factory.mktemp("receivers"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hurry(monkeypatch, Pushed())
    monkeypatch.setattr(holdout, "is_held_out", lambda *_, **__: False)


@contextmanager
def restock(place: Place, migrated: Settings) -> Iterator[Duty]:
    """Needs of one supplier for two shops, in chat, by mail and as draft orders."""
    with place.copy(migrated) as settings:
        publish(settings, NEXT)
        wish(settings, *({**one, "as_of_day": NEXT} for one in (need(), need(location="RNO1"))))
        memory = place.folder / "nothing yet"
        memory.mkdir(exist_ok=True)
        yield with_truth(Duty(jobs.send_restock, ("slack", "smtp", "odoo"), settings, memory, place, {}))


@contextmanager
def lists(place: Place, migrated: Settings) -> Iterator[Duty]:
    """Lists at three platforms, on which people come and go."""
    memory = place.folder / "memory"
    with place.copy(migrated) as settings:
        publish(settings)
        keys = list(people(settings, EVERYBODY, purposes=("ads", "email")).values())
        candidates(settings, *keys[:3])
        names = ("meta", "google_data_manager", "klaviyo")
        with receivers(memory) as house:
            jobs.send_lists(settings, DAY, house.destinations(*names))
        publish(settings, NEXT)
        candidates(settings, *keys, day=NEXT)
        suppress(settings, email=EVERYBODY[0], reason="opt_out")
        yield with_truth(Duty(jobs.send_lists, names, settings, memory, place, {}))
    shutil.rmtree(memory)


def with_truth(duty: Duty) -> Duty:
    with duty.begun() as (settings, house, _, destinations):
        before = held(house)
        duty.job(settings, NEXT, destinations)
        assert held(house) != before
        return replace(duty, truth=held(house))


DUTIES = {"slack": restock, "odoo": restock, "meta": lists, "google_data_manager": lists, "klaviyo": lists}


def disturbed(duty: Duty, vendor: str, fault: Fault, after: int) -> list[str]:
    """What is wrong after a run that meets the fault, and an ordinary one."""
    with duty.begun() as (settings, house, proxy, destinations):
        proxy.will(fault.spoil, WHERE[vendor], after, fault.times)
        said, wrong = "", []
        try:
            duty.job(settings, NEXT, destinations)
        except NightshiftError as error:
            said = f"{error} {error!r}"
        except Exception as error:
            wrong.append(f"it ended as {error!r}")
        assert proxy.has_spoilt, "the fault never happened"
        if said and fault.ends == "complete":
            wrong.append(f"it did not pass: {said}"[:300])
        if not said and fault.ends == "error":
            wrong.append("nobody was told")
        secrets = {value for one in destinations.values() for value in one.credentials.values()}
        if any(secret in said for secret in {*secrets, *EVERYBODY}):
            wrong.append("a secret was told")
        proxy.will(None)
        duty.job(settings, NEXT, destinations)
        return wrong + amiss(settings, house, duty.truth)


def tried(duty: Duty, vendor: str, cases: list[tuple[Fault, int]]) -> dict[str, list[str]]:
    found = {f"{fault.name} #{after}": disturbed(duty, vendor, fault, after) for fault, after in cases}
    return {name: wrong for name, wrong in found.items() if wrong}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("vendor", ["slack", "meta"])
def test_a_sample_of_answers_loses_and_doubles_nothing(
    vendor: str, place: Place, migrated: Settings, record_property: Callable[[str, str], None]
) -> None:
    with DUTIES[vendor](place, migrated) as duty:
        some = random.Random(SEED).sample(receiving(), SAMPLE)
        wrong = tried(duty, vendor, [(fault, 0) for fault in some])
    record_property(*score(FIGURE, TARGET, SAMPLE, len(wrong), SEED))
    assert wrong == {}


@pytest.mark.prove
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("vendor", DUTIES)
def test_no_answer_of_a_receiver_loses_or_doubles_anything(
    vendor: str, place: Place, migrated: Settings, record_property: Callable[[str, str], None]
) -> None:
    with DUTIES[vendor](place, migrated) as duty:
        positions = range(min(duty.asked(vendor), MOST))
        cases = part([(fault, after) for fault in receiving() for after in positions], vendor)
        wrong = tried(duty, vendor, cases)
    record_property(*score(FIGURE, TARGET, len(cases), len(wrong), seed()))
    assert wrong == {}
