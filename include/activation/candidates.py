"""Who may be in a list of one platform tonight: every rule on a person between the wish and the sending.

Asked twice of everybody who is added: when a night is planned, and again in the moment before a batch leaves.
"""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from psycopg import Connection

from include.activation import exposure, holdout
from include.activation.destinations.base import Identity, Platform
from include.errors import Wait
from include.privacy.consent import Contact, contacts
from include.settings import Settings

log = logging.getLogger(__name__)

BUYERS_LAST = 60.0
"""Seconds for which the answer on who bought lately is not asked for again."""


@dataclass(frozen=True)
class Allowed:
    """Candidates after every rule, most valuable first, and how many each rule took."""

    keys: list[str]
    sides: dict[str, bool]
    """Everybody eligible → whether they are held out."""
    candidates: int
    bought: int
    not_allowed: int

    @property
    def held_out(self) -> int:
        return sum(self.sides.values())


class Buyers:
    """Who bought since the marts were built, asked at most once a minute."""

    def __init__(self, ask: Callable[[], set[str]]):
        self._ask = ask
        self._known: set[str] = set()
        self._until = 0.0

    def now(self) -> set[str]:
        """Raises Wait when the shops do not answer."""
        if time.monotonic() >= self._until:
            self._known = self._ask()
            self._until = time.monotonic() + BUYERS_LAST
        return self._known

    def if_known(self) -> tuple[set[str], bool]:
        """Who bought, and whether we could not find out."""
        try:
            return self.now(), False
        except Wait as error:
            log.warning("the newest purchases are unknown, nobody is added: %s", error)
            return set(), True


class Rules:
    """Consent for the platform's purpose, an address it can use, no purchase since, and the holdout."""

    def __init__(self, settings: Settings, destination: str, platform: Platform, buyers: Buyers):
        self._settings, self._destination, self._platform = settings, destination, platform
        self._secret = holdout.secret(settings)
        self.buyers = buyers

    def allowed(self, conn: Connection, wished: list[str], bought: set[str]) -> Allowed:
        """The wished ones who may be told of. Both sides of the holdout pass the same rules before the split."""
        idle = [key for key in wished if key not in bought]
        reachable = self.reachable(idle)
        eligible = [key for key in idle if key in reachable]
        sides = exposure.sides(conn, self._secret, eligible)
        keys = [key for key in eligible if not sides[key]]
        return Allowed(keys, sides, len(wished), len(wished) - len(idle), len(idle) - len(eligible))

    def reachable(self, keys: Iterable[str]) -> dict[str, tuple[Contact, Identity]]:
        """Those who consent and have an address that the platform takes, at this moment."""
        keys, found = list(keys), {}
        for contact in contacts(self._settings, keys, self._platform.purpose) if keys else ():
            identity = self._platform.prepare(contact, self.external_id(contact.customer_key))
            if identity:
                found[contact.customer_key] = (contact, identity)
        return found

    def external_id(self, key: str) -> str:
        return holdout.external_id(self._secret, self._destination, key)

    def sealed(self, identity: Identity) -> str:
        """A keyed hash of what is sent: enough to see a change of address, too little to find the person."""
        text = f"{identity.email}|{identity.phone}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()
