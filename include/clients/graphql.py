"""GraphQL over a session: `errors` are looked at before `data`, and the vendor's cost budget is kept.

A vendor that counts costs says after each query what is left (Shopify: a bucket of 2,000 points that refills with 100
a second). A query of 752 points with 152 left waits (752 - 152) / 100 = 6 s. Part of an answer is no answer: data
that comes with errors is thrown away.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from include.clients.pace import LONGEST_WAIT, backoff
from include.clients.session import Session
from include.errors import FixCredentials, Stop, Wait

_SCOPE = re.compile(r"\b(?:read|write)_[a-z_]+")
_PASSING = {"INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE"}


class TooCostly(Stop):
    """One query costs more than the vendor allows for any: ask for a smaller page."""


@dataclass(frozen=True)
class Answer:
    """`cost` is what the vendor reckoned before it ran the query; None when it does not say."""

    data: dict[str, Any]
    cost: float | None


class GraphQL:
    """Queries to one endpoint. They are reads: a lost answer is asked for again."""

    def __init__(self, session: Session, path: str):
        self.session, self.path = session, path
        self._available, self._restore, self._at = 0.0, 0.0, 0.0
        self._costs: dict[str, float] = {}

    def run(self, query: str, variables: dict[str, Any] | None = None, *, repeatable: bool = True) -> Answer:
        """The whole answer. Wait when throttled beyond the deadline or broken on their side, FixCredentials naming
        the scope that is missing, TooCostly, otherwise Stop."""
        clock, started, tries = self.session.clock, self.session.clock.monotonic(), 0
        self._pace(query)
        while True:
            reply = self.session.post(
                self.path, {"query": query, "variables": variables or {}}, repeatable=repeatable
            )
            if not isinstance(reply, dict):
                raise Stop(f"{self.session.name}: a GraphQL answer is not an object")
            cost = self._remember(query, reply)
            errors = reply.get("errors")
            if not errors and isinstance(reply.get("data"), dict):
                return Answer(reply["data"], cost)
            pause = self._pause(errors, cost, tries)
            tries += 1
            left = self.session.deadline - (clock.monotonic() - started)
            if tries > 20 or pause > min(LONGEST_WAIT, left):
                raise Wait(f"{self.session.name}: {_named(errors)}", timedelta(seconds=pause))
            clock.sleep(pause)

    def _pace(self, query: str) -> None:
        """Wait before asking when we know that the budget does not reach."""
        clock, cost = self.session.clock, self._costs.get(query)
        if cost and self._restore:
            level = self._available + (clock.monotonic() - self._at) * self._restore
            if level < cost:
                clock.sleep(min(LONGEST_WAIT, (cost - level) / self._restore))

    def _remember(self, query: str, reply: dict[str, Any]) -> float | None:
        told = _object(_object(reply.get("extensions")).get("cost"))
        status = _object(told.get("throttleStatus"))
        if status:
            self._available = _points(status.get("currentlyAvailable")) or 0.0
            self._restore = _points(status.get("restoreRate")) or 0.0
            self._at = self.session.clock.monotonic()
        cost = _points(told.get("requestedQueryCost"))
        if cost is not None:
            self._costs[query] = cost
        return cost

    def _pause(self, errors: Any, cost: float | None, tries: int) -> float:
        """Seconds after which the same query may be asked again; raises when that is pointless."""
        name = self.session.name
        codes = _codes(errors)
        if "ACCESS_DENIED" in codes:
            scopes = ", ".join(sorted(set(_SCOPE.findall(str(errors))))) or "a scope it does not name"
            raise FixCredentials(f"{name}: access denied; grant the app {scopes}")
        if "MAX_COST_EXCEEDED" in codes:
            raise TooCostly(f"{name}: one query costs more than the vendor allows")
        if "THROTTLED" in codes:
            missing = (cost or 0) - self._available
            return (
                max(missing / self._restore, 0.1) if self._restore else backoff(tries + 1, self.session.clock)
            )
        if errors is None or codes & _PASSING:
            if tries >= self.session.attempts:
                raise Wait(f"{name}: {_named(errors)}")
            return backoff(tries + 1, self.session.clock)
        raise Stop(self.session.redact(f"{name}: the query was refused: {_named(errors)}"))


def _codes(errors: Any) -> set[str]:
    if not isinstance(errors, list):
        return set()
    return {str(_object(e.get("extensions")).get("code")) for e in errors if isinstance(e, dict)}


def _named(errors: Any) -> str:
    """Codes of the errors, and where in the query they arose; never the vendor's own words."""
    if not isinstance(errors, list) or not errors:
        return "an answer with neither data nor errors"
    parts = []
    for error in errors[:3]:
        if isinstance(error, dict):
            code = _object(error.get("extensions")).get("code") or "error"
            steps = error.get("path")
            path = ".".join(map(str, steps)) if isinstance(steps, list) else ""
            parts.append(f"{code} at {path}" if path else str(code))
    return "; ".join(parts) or "errors of an unknown shape"


def _object(node: Any) -> dict[str, Any]:
    """What should be an object, as one."""
    return node if isinstance(node, dict) else {}


def _points(told: Any) -> float | None:
    """A cost or a budget; None for what is none."""
    try:
        return max(0.0, float(told))
    except (TypeError, ValueError, OverflowError):
        return None
