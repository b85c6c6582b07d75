"""One platform's lists in one night: follow up, remove, add, follow up again.

Removals run whatever else is wrong. Additions stop when a source that the audience rests on is stale or the shops do
not answer, are capped per night, and wait while a removal of the same list has not left.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import psycopg
from psycopg import Connection

from include.activation import batches, claims, exposure, facts, ledger, membership
from include.activation.candidates import Allowed, Buyers, Rules
from include.activation.destinations.base import Destination
from include.activation.handover import Handover
from include.activation.outcome import Failure, Sent, unforeseen
from include.activation.platforms import connected
from include.clients.pace import Clock
from include.errors import NightshiftError, Wait
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

MOST_ADDED_SHARE, FEWEST_CAPPED = 0.5, 1000
"""Additions a night: half of what is there, or a thousand; a new list is filled at once. Option `max_added_share`."""
PATIENCE = 30.0
"""Seconds a night waits for a platform to settle what it accepted. Option `patience_seconds`."""


@dataclass(frozen=True)
class Wishes:
    """What the marts say of every audience: who is wished for, and which sources it rests on are stale."""

    people: Mapping[str, list[str]]
    stale: Mapping[str, facts.Freshness] = field(default_factory=dict)


class Update:
    """One night's update of one platform's audiences. An error ends its own work and nobody else's."""

    def __init__(
        self, settings: Settings, day: date, destination: Destination, wishes: Wishes, buyers: Buyers
    ):
        self.settings, self.day, self.destination, self.name = settings, day, destination, destination.name
        self.sent = Sent()
        self.summary: dict[str, dict[str, Any]] = {}
        self._wishes, self._buyers = wishes, buyers
        self._allowed: dict[str, Allowed] = {}
        self._no_additions: dict[str, bool] = {}
        self._is_broken = False

    def take(self, step: "Callable[[Update], None]") -> None:
        """Go through one of the steps below; what goes wrong is kept for the end."""
        if self._is_broken:
            return
        try:
            step(self)
        except (Wait, psycopg.OperationalError) as error:
            self.sent.waiting += 1
            self.sent.errors.append(f"{self.name}: {error}")
            self._is_broken = True
        except Exception as error:
            what = f"the audiences of {self.name} could not be brought in line"
            known = error if isinstance(error, NightshiftError) else unforeseen(what, error)
            self.sent.failures.append(Failure(membership.KIND, self.name, known))
            self._is_broken = True

    def start(self) -> None:
        """Ask what became of batches accepted in other runs."""
        self._platform = connected(self.destination)
        self._rules = Rules(self.settings, self.name, self._platform, self._buyers)
        clock = Clock()
        self._handover = Handover(self.settings, self.day, self.name, self._platform, self._rules, clock)
        self.sent += self._follow_up()

    def remove(self) -> None:
        """Also from the lists that nobody is wished for in any more."""
        bought, is_blind = self._buyers.if_known()
        with connect(self.settings, "activation") as conn:
            audiences = sorted({*self._wishes.people, *membership.members(conn, self.name)})
            for audience in audiences:
                self._plan_removals(conn, audience, bought, is_blind)
            waiting = self._waiting(conn, "remove")
        for audience in waiting:
            removed = self._send(audience, "remove")
            self.sent += removed
            self._no_additions[audience] = bool(removed.waiting or removed.failed)

    def add(self) -> None:
        """After everybody's removals. A list whose removals have not left waits, and so does what a person said yes to
        while a source is stale."""
        with connect(self.settings, "activation") as conn:
            for audience in self.summary:
                if not self._no_additions.get(audience):
                    self._plan_additions(conn, audience)
            waiting = self._waiting(conn, "add")
        for audience in waiting:
            if not self._no_additions.get(audience) and not self.summary[audience]["stale"]:
                self.sent += self._send(audience, "add")

    def settle(self) -> None:
        """Wait a little for what was accepted only, and count."""
        self._handover.be_patient(float(self.destination.options.get("patience_seconds", PATIENCE)))
        self.sent += self._follow_up()
        with connect(self.settings, "activation") as conn:
            for audience, told in self.summary.items():
                moving = membership.in_flight(conn, audience, self.name)
                size = membership.confirmed_count(conn, audience, self.name)
                told |= {
                    "in_audience": size,
                    "unsettled": len(moving["add"] | moving["remove"]),
                    "too_small": 0 < size < self._platform.smallest,
                }

    def _plan_removals(self, conn: Connection, audience: str, bought: set[str], is_blind: bool) -> None:
        fresh = self._wishes.stale.get(audience)
        is_stale = is_blind or bool(fresh and fresh.is_stale)
        allowed = self._rules.allowed(conn, self._wishes.people.get(audience, []), bought)
        change = membership.wish(conn, audience, self.name, allowed.keys, is_stale)
        # Handles may be several per person, so a batch leaves room for them.
        size = max(1, self._platform.batch // 2)
        batches.plan(conn, self.day, self.destination, audience, "remove", change.remove, size)
        self._allowed[audience] = allowed
        self.summary[audience] = {
            "candidates": allowed.candidates,
            "held_out": allowed.held_out,
            "bought_since": allowed.bought,
            "not_allowed": allowed.not_allowed,
            "to_remove": len(change.remove),
            "to_add": 0,
            "deferred": 0,
            "stale": is_stale,
        }

    def _plan_additions(self, conn: Connection, audience: str) -> None:
        """Note who is eligible for the first time, then plan as many as a night takes. A platform that only watches
        treats nobody. Removals took their time: whoever was erased meanwhile is not written down again."""
        allowed, told = self._allowed[audience], self.summary[audience]
        still = self._rules.reachable(allowed.sides)
        if self.destination.mode != "observe" and not told["stale"]:
            sides = {key: side for key, side in allowed.sides.items() if key in still}
            exposure.note(conn, audience, self.day, sides)
        desired = [key for key in allowed.keys if key in still]
        change = membership.wish(conn, audience, self.name, desired, told["stale"])
        room = self._room(membership.confirmed_count(conn, audience, self.name))
        now = change.add if room is None else change.add[:room]
        batches.plan(conn, self.day, self.destination, audience, "add", now, self._platform.batch)
        told |= {"to_add": len(now), "deferred": len(change.add) - len(now)}

    def _room(self, confirmed: int) -> int | None:
        share = float(self.destination.options.get("max_added_share", MOST_ADDED_SHARE))
        return None if confirmed == 0 else max(FEWEST_CAPPED, int(share * confirmed))

    def _waiting(self, conn: Connection, operation: str) -> list[str]:
        """Audiences with batches that may leave, this night's or an earlier one's."""
        return [
            audience
            for audience in self.summary
            if claims.anything(conn, membership.KIND, self.name, f"{audience}/{operation}/")
        ]

    def _send(self, audience: str, operation: str) -> Sent:
        prefix = f"{audience}/{operation}/"
        return ledger.send(self.settings, [membership.KIND], self.name, self._handover.send, prefix)

    def _follow_up(self) -> Sent:
        with connect(self.settings, "activation") as conn:
            if not claims.anything(conn, membership.KIND, self.name, accepted=True):
                return Sent()
        return ledger.send(self.settings, [membership.KIND], self.name, self._handover.follow, accepted=True)
