"""Retargeting lists: who was wished for, minus who may not be written to, against who is in the list.

Removals go first and always run: an opt-out, a suppression, a purchase or the holdout never wait for a
stale source. Additions stop when a source is stale, are capped per night, and each batch asks for consent
again in the moment before it leaves. What leaves are hashes; what is kept are customer keys and receipts.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import batches, facts, holdout, ledger, membership
from include.activation.destinations.base import Destination
from include.activation.destinations.meta import Meta, Person
from include.activation.reports import morning
from include.errors import Stop, Wait
from include.privacy import hashing
from include.privacy.consent import Contact, contacts
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

AUDIENCES = ("abandoned_cart", "lapsed_valuable")
RESTS_ON = ("act_audience_member", "fct_abandoned_carts", "mart_customer_rfm", "dim_customer")
MOST_ADDED_SHARE, FEWEST_CAPPED = 0.5, 1000
"""Additions a night: half of what is there, or a thousand; a new list is filled at once. Option `max_added_share`."""
SMALLEST = 100
"""Platforms neither serve nor always shrink lists smaller than this: told in the summary."""

Buyers = Callable[[], set[str]]


def nobody() -> set[str]:
    """Without a shop to ask, the marts know the newest purchases."""
    return set()


def run(
    settings: Settings,
    day: date,
    destinations: Mapping[str, Destination],
    recent_buyers: Buyers = nobody,
) -> dict[str, Any]:
    """Bring every audience in line; per audience: candidates, held_out, not_allowed, removed, added, deferred.

    `recent_buyers` gives the keys of people who bought after the marts were built; it is asked right before
    sending, and when it cannot answer nobody is added. Raises Stop when the marts are of another day, Wait
    when something could not be sent yet (run again).
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
    if "meta" not in destinations:
        return {}
    update = _Update(settings, day, destinations["meta"], recent_buyers)
    summary = {audience: update.bring(audience) for audience in _all_audiences(settings, update.name)}
    morning.write(settings, day)
    update.sent.raise_what_is_left()
    return summary


def _all_audiences(settings: Settings, destination: str) -> list[str]:
    """Also those nobody wishes for any more: their people have to leave."""
    with connect(settings, "activation") as conn:
        return sorted({*AUDIENCES, *membership.members(conn, destination)})


@dataclass(frozen=True)
class _Allowed:
    """Candidates after every rule, most valuable first, and how many each rule took."""

    keys: list[str]
    candidates: int
    held_out: int
    bought: int
    not_allowed: int


class _Update:
    """One night's update of one platform's audiences."""

    def __init__(self, settings: Settings, day: date, destination: Destination, recent_buyers: Buyers):
        self.settings, self.day, self.destination = settings, day, destination
        self.name = destination.name
        self.sent = ledger.Sent()
        self._secret = holdout.secret(settings)
        self._ask_buyers = recent_buyers
        self._platform: Meta | None = None
        self._ids: dict[str, str] = {}

    def bring(self, audience: str) -> dict[str, Any]:
        """Remove, then add; what is not sent in full is planned again by the next run."""
        buyers, is_blind = self._buyers()
        with connect(self.settings, "activation") as conn:
            fresh = facts.freshness(conn, RESTS_ON)
            wished = _wished(conn, audience, self.day)
        allowed = self._allowed(wished, buyers)
        is_stale = fresh.is_stale or is_blind
        removals = self._plan_removals(audience, allowed.keys, is_stale)
        removed = self._send(audience, "remove")
        planned = deferred = 0
        added = ledger.Sent()
        if not removed.waiting and not removed.failed:
            planned, deferred = self._plan_additions(audience, allowed.keys, is_stale)
            added = self._send(audience, "add")
        self.sent += removed + added
        with connect(self.settings, "activation") as conn:
            size = membership.confirmed_count(conn, audience, self.name)
        return {
            "candidates": allowed.candidates,
            "held_out": allowed.held_out,
            "bought_since": allowed.bought,
            "not_allowed": allowed.not_allowed,
            "to_remove": removals,
            "to_add": planned,
            "deferred": deferred,
            "in_audience": size,
            "stale": is_stale,
            "too_small": 0 < size < SMALLEST,
        }

    # ------------------------------------------------------------------ deciding

    def _buyers(self) -> tuple[set[str], bool]:
        """Who bought since the cut-off, and whether we could not find out."""
        try:
            return self._ask_buyers(), False
        except Wait as error:
            log.warning("the newest purchases are unknown, nobody is added: %s", error)
            return set(), True

    def _allowed(self, wished: list[str], buyers: set[str]) -> _Allowed:
        drawn = [key for key in wished if not holdout.is_held_out(self._secret, key)]
        idle = [key for key in drawn if key not in buyers]
        reachable = {contact.customer_key for contact in self._contacts(idle) if _is_reachable(contact)}
        keys = [key for key in idle if key in reachable]
        return _Allowed(
            keys, len(wished), len(wished) - len(drawn), len(drawn) - len(idle), len(idle) - len(keys)
        )

    def _plan_removals(self, audience: str, desired: list[str], is_stale: bool) -> int:
        with connect(self.settings, "activation") as conn:
            difference = membership.wish(conn, audience, self.name, desired, is_stale)
            batches.plan(conn, self.day, self.destination, audience, "remove", difference.remove)
        return len(difference.remove)

    def _plan_additions(self, audience: str, desired: list[str], is_stale: bool) -> tuple[int, int]:
        """How many are planned, and how many wait for another night."""
        with connect(self.settings, "activation") as conn:
            difference = membership.wish(conn, audience, self.name, desired, is_stale)
            room = self._room(membership.confirmed_count(conn, audience, self.name))
            now = difference.add if room is None else difference.add[:room]
            batches.plan(conn, self.day, self.destination, audience, "add", now)
        return len(now), len(difference.add) - len(now)

    def _room(self, confirmed: int) -> int | None:
        share = float(self.destination.options.get("max_added_share", MOST_ADDED_SHARE))
        return None if confirmed == 0 else max(FEWEST_CAPPED, int(share * confirmed))

    # ------------------------------------------------------------------ sending

    def _send(self, audience: str, operation: str) -> ledger.Sent:
        deliver = self._remove if operation == "remove" else self._add
        prefix = f"{audience}/{operation}/"
        return ledger.send(self.settings, [batches.KIND], self.name, deliver, prefix)

    def _remove(self, action: ledger.Action) -> ledger.Receipt:
        audience, keys = action.payload["audience"], action.payload["customer_keys"]
        ids = [holdout.external_id(self._secret, self.name, key) for key in keys]
        receipt = self._meta().remove(self._audience(audience), ids, action.action_key)
        with connect(self.settings, "activation") as conn:
            membership.confirm_removed(conn, audience, self.name, keys)
        return ledger.Receipt(receipt)

    def _add(self, action: ledger.Action) -> ledger.Receipt:
        """Ask again who may be added, remember them, send, confirm."""
        audience, keys = action.payload["audience"], action.payload["customer_keys"]
        buyers = self._ask_buyers()
        allowed = {
            contact.customer_key: contact
            for contact in self._contacts(key for key in keys if key not in buyers)
            if _is_reachable(contact)
        }
        people = {key: self._person(allowed[key]) for key in keys if key in allowed}
        with connect(self.settings, "activation") as conn:
            membership.turn_away(conn, audience, self.name, [key for key in keys if key not in allowed])
            membership.may_be_there(
                conn, audience, self.name, {k: self._sealed(p) for k, p in people.items()}
            )
        consent = batches.evidence(allowed.values(), len(keys))
        if not people:
            return ledger.Receipt({"num_received": 0}, consent)
        batch_key = f"{action.action_key}/{batches.short(people)}"
        receipt = self._meta().add(self._audience(audience), list(people.values()), batch_key)
        if receipt["num_invalid_entries"]:
            log.warning("%s: meta refused %s entries", audience, receipt["num_invalid_entries"])
        with connect(self.settings, "activation") as conn:
            membership.confirm_added(conn, audience, self.name, people)
        return ledger.Receipt(receipt, consent)

    def _contacts(self, keys: Iterable[str]) -> list[Contact]:
        return contacts(self.settings, keys, batches.PURPOSE)

    def _person(self, contact: Contact) -> Person:
        return Person(
            holdout.external_id(self._secret, self.name, contact.customer_key),
            hashing.meta_email(contact.email),
            hashing.meta_phone(contact.phone, contact.country),
        )

    def _sealed(self, person: Person) -> str:
        """A keyed hash of what is sent: enough to see a change of address, too little to find the person."""
        text = f"{person.email_hash}|{person.phone_hash}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()

    def _meta(self) -> Meta:
        if self._platform is None:
            self._platform = Meta(self.destination)
        return self._platform

    def _audience(self, name: str) -> str:
        if name not in self._ids:
            self._ids[name] = self._meta().audience(name)
        return self._ids[name]


def _wished(conn: Connection, audience: str, day: date) -> list[str]:
    """Customer keys by value, highest first. Stop when the candidates are of another day."""
    rows = facts.query(
        conn,
        "SELECT customer_key, as_of_day FROM act.act_audience_member WHERE audience = %s"
        " ORDER BY value_amount DESC NULLS LAST, customer_key",
        [audience],
    )
    if any(row["as_of_day"] != day for row in rows):
        raise Stop(f"the candidates of {audience} are not of {day}")
    return [row["customer_key"] for row in rows]


def _is_reachable(contact: Contact) -> bool:
    has_email = hashing.meta_email(contact.email) is not None
    return has_email or hashing.meta_phone(contact.phone, contact.country) is not None
