"""Batches on their way to one platform: sent, and asked after where the platform only accepted them.

An accepted batch is confirmed when the platform says that it is done. Who is refused in part of a batch is not named,
so the batch is sent a second time; what is refused then is told. A batch nobody settles within two days counts as
lost and is planned anew.
"""

import logging
from datetime import date, timedelta
from typing import Any

from include.activation import batches, ledger, membership
from include.activation.candidates import Rules
from include.activation.destinations.base import DONE, Answer, Platform, Settled
from include.clients.pace import Clock
from include.errors import Stop, Wait
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

LONGEST_PENDING = timedelta(days=2)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


class Handover:
    """One night's deliveries to one platform; every method is a `deliver` of `ledger.send`."""

    def __init__(
        self, settings: Settings, day: date, destination: str, platform: Platform, rules: Rules, clock: Clock
    ):
        self._settings, self._day, self._name = settings, day, destination
        self._platform, self._rules, self._clock = platform, rules, clock
        self._ids: dict[str, str] = {}
        self._deadline = clock.monotonic()

    def be_patient(self, seconds: float) -> None:
        """From now on `follow` waits for answers, all together for so long."""
        self._deadline = self._clock.monotonic() + seconds

    def send(self, action: ledger.Action) -> ledger.Receipt:
        return self._sent(action, "")

    def follow(self, action: ledger.Action) -> ledger.Receipt:
        """What became of an accepted batch."""
        answer = dict(action.receipt or {})
        is_lost = self._day - action.as_of_day > LONGEST_PENDING
        try:
            settled = self._asked(answer)
        except Wait:
            if not is_lost:
                raise
            settled = Settled("pending")
        if settled.state == "pending" and is_lost:
            raise Stop(f"{self._name} accepted a batch of {action.as_of_day} and never settled it")
        return self._judged(action, answer, None, settled)

    def _asked(self, answer: Answer) -> Settled:
        """As often as patience allows."""
        pause = FIRST_PAUSE
        while (settled := self._platform.settled(answer)).state == "pending":
            if self._clock.monotonic() + pause > self._deadline:
                break
            self._clock.sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)
        return settled

    def _sent(self, action: ledger.Action, again: str) -> ledger.Receipt:
        """Handed over; whoever cannot say at once what became of it is asked later."""
        if action.payload["operation"] == "remove":
            answer, consent = self._remove(action, again), None
        else:
            answer, consent = self._add(action, again)
        try:
            settled = self._platform.settled(answer) if answer else DONE
        except Wait:
            settled = Settled("pending")
        if again:
            answer = {**answer, "is_second_try": True}
        return self._judged(action, answer, consent, settled)

    def _judged(
        self, action: ledger.Action, answer: Answer, consent: dict[str, Any] | None, settled: Settled
    ) -> ledger.Receipt:
        """Pending, confirmed, sent once more, or Stop."""
        if settled.state == "pending":
            return ledger.Receipt(answer, consent, is_settled=False)
        if settled.state == "failed":
            raise Stop(settled.why or f"{self._name} did not apply a batch that it had accepted")
        if settled.state == "partial":
            if not answer.get("is_second_try"):
                return self._sent(action, "/again")
            if action.payload["operation"] == "remove":
                raise Stop(f"not everybody was removed: {settled.why}")
            log.warning("%s: %s", action.payload["audience"], settled.why)
            answer = {**answer, "refused": settled.why}
        self._confirm(action)
        return ledger.Receipt(answer, consent)

    def _confirm(self, action: ledger.Action) -> None:
        audience, keys = action.payload["audience"], action.payload["customer_keys"]
        change = (
            membership.confirm_removed
            if action.payload["operation"] == "remove"
            else membership.confirm_added
        )
        with connect(self._settings, "activation") as conn:
            change(conn, audience, self._name, keys)

    def _remove(self, action: ledger.Action, again: str) -> Answer:
        audience, keys = action.payload["audience"], action.payload["customer_keys"]
        with connect(self._settings, "activation") as conn:
            kept = membership.handles(conn, self._name, keys)
        handles = [handle for key in keys for handle in kept.get(key) or [self._rules.external_id(key)]]
        return self._platform.remove(self._audience(audience), handles, action.action_key + again)

    def _add(self, action: ledger.Action, again: str) -> tuple[Answer, dict[str, Any]]:
        """Ask again who may be added and still shall be, remember them, send. No answer when nobody is left."""
        audience, keys = action.payload["audience"], action.payload["customer_keys"]
        bought = self._rules.buyers.now()
        allowed = self._rules.reachable(key for key in keys if key not in bought)
        with connect(self._settings, "activation") as conn:
            wanted = membership.still_wanted(conn, audience, self._name, allowed)
            people = {key: allowed[key][1] for key in keys if key in wanted}
            hashes = {key: self._rules.sealed(person) for key, person in people.items()}
            handles = {key: one.handle for key, one in people.items() if one.handle != one.external_id}
            membership.turn_away(conn, audience, self._name, [key for key in keys if key not in allowed])
            membership.may_be_there(conn, audience, self._name, hashes, handles)
        said = [allowed[key][0] for key in people]
        consent = batches.evidence(self._platform.purpose, said, len(keys))
        if not people:
            return {}, consent
        batch_key = f"{action.action_key}/{batches.short(people)}{again}"
        return self._platform.add(self._audience(audience), list(people.values()), batch_key), consent

    def _audience(self, name: str) -> str:
        if name not in self._ids:
            self._ids[name] = self._platform.audience(name)
        return self._ids[name]
