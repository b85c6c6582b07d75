"""A change of an audience as actions: batches of customer keys, and the consent that allowed them."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import facts, ledger
from include.activation.destinations.base import Destination
from include.activation.membership import KIND
from include.privacy.consent import Contact


def plan(
    conn: Connection,
    day: date,
    destination: Destination,
    audience: str,
    operation: str,
    keys: list[str],
    size: int,
) -> None:
    """Batches of `size` people whose key names their content, so that the same change is the same action. An opt-out
    waits for nobody's yes: only additions are proposed."""
    done = _confirmed(conn, audience, destination.name)
    mode = "act" if (operation, destination.mode) == ("remove", "propose") else destination.mode
    plans = []
    for start in range(0, len(keys), size):
        batch = keys[start : start + size]
        payload = {"audience": audience, "operation": operation, "customer_keys": batch}
        key = f"{audience}/{operation}/{day}/{short([str(done), *batch])}"
        plans.append(ledger.Plan(KIND, key, destination.name, mode, payload))
    prefix = f"{audience}/{operation}/"
    others = [key for key in _unfinished(conn, destination.name) if not key.startswith(prefix)]
    ledger.cancel_others(conn, KIND, destination.name, [one.key for one in plans] + others)
    ledger.plan(conn, day, plans)


def evidence(purpose: str, allowed: Iterable[Contact], asked: int) -> dict[str, Any]:
    """Why these people could be sent: purpose, and when and where each said yes."""
    said = {
        contact.customer_key: [contact.consent_at.isoformat(), contact.consent_source] for contact in allowed
    }
    return {"purpose": purpose, "asked": asked, "granted": len(said), "said": said}


def short(parts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _confirmed(conn: Connection, audience: str, destination: str) -> int:
    text = (
        "SELECT count(*) AS n FROM ops.action WHERE kind = %s AND destination = %s AND status = 'confirmed'"
        " AND payload ->> 'audience' = %s"
    )
    return facts.query(conn, text, [KIND, destination, audience])[0]["n"]


def _unfinished(conn: Connection, destination: str) -> list[str]:
    text = (
        "SELECT action_key FROM ops.action WHERE kind = %s AND destination = %s"
        " AND status NOT IN ('confirmed', 'cancelled')"
    )
    return [row["action_key"] for row in facts.query(conn, text, [KIND, destination])]
