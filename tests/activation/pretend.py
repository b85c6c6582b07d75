"""Platforms that keep lists in memory and answer as they are told: for what real ones do once in a while."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest

from include.activation.destinations.base import DONE, Answer, Destination, Identity, Settled
from include.errors import Wait
from include.privacy.consent import Contact

PENDING = Settled("pending")


@dataclass
class Pretend:
    """One platform. It keeps no id of ours: people are removed by the address that was sent, like at Google."""

    purpose: Literal["ads", "email"]  # type: ignore[misc]
    batch: int = 1000  # type: ignore[misc]
    smallest: int = 0  # type: ignore[misc]
    lists: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    calls: list[str] = field(default_factory=list)
    answers: list[Settled] = field(default_factory=list)
    """What is said next of every batch, then 'done'; only a batch that is done is applied."""
    is_down: bool = False

    def audience(self, name: str) -> str:
        return name

    def prepare(self, contact: Contact, external_id: str) -> Identity | None:
        return Identity(external_id, contact.email, handle=f"sent {contact.email}") if contact.email else None

    def add(self, audience_id: str, people: Sequence[Identity], batch_key: str) -> Answer:
        return self._take("add", audience_id, [person.handle for person in people])

    def remove(self, audience_id: str, handles: Sequence[str], batch_key: str) -> Answer:
        return self._take("remove", audience_id, list(handles))

    def settled(self, answer: Answer) -> Settled:
        self._check()
        said = self.answers.pop(0) if self.answers else DONE
        if said.state == "done":
            operation, audience, *people = self._kept[answer["batch"]]
            change = (
                self.lists[audience].update if operation == "add" else self.lists[audience].difference_update
            )
            change(people)
        return said

    def _take(self, operation: str, audience: str, people: list[str]) -> Answer:
        self._check()
        self.calls.append(f"{operation} {len(people)}")
        self._kept.append([operation, audience, *people])
        return {"batch": len(self._kept) - 1}

    def _check(self) -> None:
        if self.is_down:
            raise Wait("the platform is down")

    _kept: list[list[str]] = field(default_factory=list)

    def members(self, audience: str) -> set[str]:
        """Addresses in a list."""
        return {handle.removeprefix("sent ") for handle in self.lists[audience]}


@dataclass(frozen=True)
class Places:
    """Three platforms and the connections that lead to them."""

    meta: Pretend
    google: Pretend
    klaviyo: Pretend

    def connected(self, *names: str, mode: str = "act", **options: object) -> dict[str, Destination]:
        """Their destinations; without names, all."""
        given = names or ("meta", "google_data_manager", "klaviyo")
        return {
            name: Destination(name, mode, "https://x", {}, {"patience_seconds": 0, **options})
            for name in given
        }

    def lists(self, audience: str) -> list[set[str]]:
        return [one.members(audience) for one in (self.meta, self.google, self.klaviyo)]

    @property
    def calls(self) -> list[list[str]]:
        return [one.calls for one in (self.meta, self.google, self.klaviyo)]


def pretended(monkeypatch: pytest.MonkeyPatch) -> Places:
    """From now on every platform is a pretended one."""
    places = Places(Pretend("ads"), Pretend("ads"), Pretend("email"))
    by_name = {"meta": places.meta, "google_data_manager": places.google, "klaviyo": places.klaviyo}
    monkeypatch.setattr("include.activation.update.connected", lambda destination: by_name[destination.name])
    return places
