"""Killed, stopped or unanswered while sending: each receiver has everything once, or twice and marked as such."""

import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from include.privacy.suppression import suppress
from include.sandbox.faults import Fault
from include.settings import Settings
from tests.activation.house import DAY, NEXT, House, candidates, need, person, publish, wish
from tests.chaos import jobs, oracle
from tests.chaos.amounts import dice, many, score
from tests.chaos.places import Place
from tests.chaos.points import SEND, Point, points
from tests.chaos.processes import AGAIN, DONE, Work, do, trace
from tests.chaos.receivers import amiss, held, receivers

pytestmark = pytest.mark.timeout(1800)

KILLED = "Kills (SIGKILL) at steps of sending, repeated once"
ZOMBIES = "Stopped senders (SIGSTOP) resumed after the next run"
UNANSWERED = "Answers lost after the receiver had accepted"
IMPATIENT = {"PGOPTIONS": "-c idle_in_transaction_session_timeout=300ms"}  # the role's is five minutes
PEOPLE = [f"{name}@example.com" for name in ("ann", "bob", "cat", "dan", "eve", "fay")]
MANY = 10_000
HTTP = ("slack", "odoo", "meta", "google_data_manager", "klaviyo")
_numbers = count(1)


@dataclass(frozen=True)
class Duty:
    """Something to be sent: by whom, from which warehouse, to receivers with which memory, and what they hold then.

    `calls` and `requests` are how often an undisturbed run calls each step and asks each receiver.
    """

    job: Callable[..., Any]
    places: tuple[str, ...]
    settings: Settings
    memory: Path
    truth: dict[str, Any]
    calls: dict[str, int]
    requests: dict[str, int]

    @contextmanager
    def begun(self, place: Place) -> Iterator[tuple[Settings, House, tuple[Any, ...]]]:
        """A copy of it all: the warehouse, the receivers, and what the job is called with."""
        folder = place.folder / f"receivers-{next(_numbers)}"
        with place.copy(self.settings) as settings, receivers(folder, self.memory) as house:
            yield settings, house, (settings, NEXT, house.destinations(*self.places))
        shutil.rmtree(folder)


@pytest.fixture(params=["restock", "lists"])
def duty(request, place: Place, migrated: Settings) -> Iterator[Duty]:
    """Needs of two suppliers for two shops; or lists on which people come and go."""
    with place.copy(migrated) as settings:
        memory = place.folder / "memory"
        publish(settings)
        if request.param == "restock":
            job, places = jobs.send_restock, ("slack", "smtp", "odoo")
            memory.mkdir()
            publish(settings, NEXT)
            other = need("TEA-1", supplier_id="32", supplier_name="Brown Teas", supplier_min_order_met=False)
            wish(settings, *({**one, "as_of_day": NEXT} for one in (need(), need(location="RNO1"), other)))
        else:
            job, places = jobs.send_lists, ("meta", "google_data_manager", "klaviyo")
            keys = [person(settings, email, purposes=("ads", "email")) for email in PEOPLE]
            candidates(settings, *keys[:4])
            with receivers(memory) as house:
                do(place.logs, job, settings, DAY, house.destinations(*places))
            publish(settings, NEXT)
            candidates(settings, *keys, day=NEXT)
            suppress(settings, email=PEOPLE[0], reason="opt_out")
        begun = Duty(job, places, settings, memory, {}, {}, {})
        with begun.begun(place) as (_, house, given):
            before = held(house)
            with requests_of(house) as requests:
                calls = trace(place.logs, SEND, job, *given)
            truth = held(house)
        assert truth != before
        yield Duty(job, places, settings, memory, truth, calls, requests)


@contextmanager
def requests_of(house: House) -> Iterator[dict[str, int]]:
    """How often each receiver is asked meanwhile: a fault that delays by nothing counts it."""
    faults, counted = house.running.sandbox.faults, {}
    for vendor in HTTP:
        faults.inject(Fault(vendor, "slow", times=MANY, seconds=0))
    yield counted
    counted |= {each.vendor: MANY - each.times for each in faults.all()}
    faults.clear()


def kill(place: Place, duty: Duty, point: Point) -> list[str]:
    with duty.begun(place) as (settings, house, given):
        first = Work(place.logs, duty.job, *given, at=point)
        assert first.ended() == -signal.SIGKILL, f"{point} was never reached: {first.said}"
        do(place.logs, duty.job, *given)
        return amiss(settings, house, duty.truth)


def stop(place: Place, duty: Duty, point: Point) -> list[str]:
    """What the stopped sender holds is left to it, whatever the next run does; once it woke, all is there, once."""
    with duty.begun(place) as (settings, house, given):
        zombie = Work(place.logs, duty.job, *given, at=point, sign=signal.SIGSTOP, env=IMPATIENT)
        assert zombie.is_stopped(), f"{point} was never reached: {zombie.said}"
        try:
            retry = Work(place.logs, duty.job, *given)
            assert retry.ended() in (DONE, AGAIN), retry.said
        finally:
            zombie.resume()
        zombie.ended()
        do(place.logs, duty.job, *given)
        return amiss(settings, house, duty.truth)


def unanswered(place: Place, duty: Duty, vendor: str, after: int) -> list[str]:
    """One answer is cut in half after the receiver did what it was asked."""
    with duty.begun(place) as (settings, house, given):
        house.running.sandbox.faults.inject(Fault(vendor, "truncate", times=1, after=after))
        first = Work(place.logs, duty.job, *given)
        assert first.ended() in (DONE, AGAIN), first.said
        assert house.running.sandbox.faults.all() == [], f"{vendor} was never asked so often"
        do(place.logs, duty.job, *given)
        return amiss(settings, house, duty.truth)


def no_secret(place: Place, duty: Duty) -> None:
    assert oracle.secrets_in([place.logs], duty.settings, {*oracle.SANDBOX_SECRETS, *PEOPLE}) == []


def killed(place: Place, duty: Duty, some: list[Point], record_property: Callable[..., None]) -> None:
    wrong = {str(point): faults for point in some if (faults := kill(place, duty, point))}
    record_property(*score(KILLED, "100 of 100", len(some), len(some) - len(wrong)))
    assert wrong == {}
    no_secret(place, duty)


def test_a_sender_killed_at_a_step_is_made_good_by_one_retry(place, duty, record_property):
    killed(place, duty, points(duty.calls, 5, "sends"), record_property)


@pytest.mark.prove
def test_a_sender_killed_at_any_step_is_made_good_by_one_retry(place, duty, record_property):
    killed(place, duty, points(duty.calls, many(120) // 2, "all sends"), record_property)


@pytest.mark.prove
def test_a_stopped_sender_that_wakes_sends_nothing_twice(place, duty, record_property):
    some = points(duty.calls, many(40) // 2, "stopped sends")
    wrong = {str(point): faults for point in some if (faults := stop(place, duty, point))}
    record_property(*score(ZOMBIES, "30 of 30, nothing unmarked twice", len(some), len(some) - len(wrong)))
    assert wrong == {}


@pytest.mark.prove
def test_an_answer_that_is_lost_doubles_nothing_unmarked(place, duty, record_property):
    every = [(vendor, after) for vendor, asked in duty.requests.items() for after in range(asked)]
    some = dice("unanswered").sample(every, min(len(every), many(30)))
    wrong = {f"{vendor} #{n}": faults for vendor, n in some if (faults := unanswered(place, duty, vendor, n))}
    record_property(*score(UNANSWERED, "30 of 30, nothing unmarked twice", len(some), len(some) - len(wrong)))
    assert wrong == {}
    no_secret(place, duty)
