"""One action of the outbox at a time: claimed by one sender, then written down as confirmed, accepted or failed.

A claim says in the database that a copy is about to leave; its advisory lock is held until the action is done or its
sender dies, so that whoever comes next knows whether a copy may be out.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from include.activation.destinations.base import Unsure
from include.errors import NightshiftError

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 50
LOCK_SPACE = 1_953_719_669
UNSURE = "unsure: "
ACCEPTED = "accepted, not settled yet"

SAID_YES = """EXISTS (
        SELECT FROM ops.action_feedback AS said
        WHERE said.action_id = action.action_id AND said.verdict = 'accepted')"""
_SENDABLE = f"""
    kind = ANY (%(kinds)s) AND destination = %(destination)s AND status IN ('proposed', 'sending', 'failed')
    AND attempts < %(most)s AND starts_with(action_key, %(prefix)s)
    AND (mode = 'act' OR (mode = 'propose' AND {SAID_YES})) AND (receipt IS NOT NULL) = %(accepted)s
"""
# What has ended needs nobody's key any more: an erasure finds only what is still to be sent. The hash stays.
WITHOUT_PEOPLE = """CASE WHEN payload ? 'customer_keys'
        THEN payload - 'customer_keys' || jsonb_build_object('customers', jsonb_array_length(payload -> 'customer_keys'))
        ELSE payload END"""


@dataclass(frozen=True)
class Action:
    """A claimed action; `attempts` counts this one too, `receipt` is there when it was accepted before."""

    action_id: int
    kind: str
    action_key: str
    destination: str
    payload: dict[str, Any]
    as_of_day: date
    attempts: int
    possibly_repeated: bool
    receipt: dict[str, Any] | None = None


@dataclass
class Receipt:
    """What the receiver answered, and the consent that allowed it (keys and instants only). Unsettled: accepted,
    and to be asked after."""

    answer: Mapping[str, Any]
    consent: Mapping[str, Any] | None = None
    is_settled: bool = True


def anything(
    conn: Connection, kind: str, destination: str, key_prefix: str = "", accepted: bool = False
) -> bool:
    """Whether `send` would find something."""
    row = conn.execute(
        f"SELECT EXISTS (SELECT FROM ops.action AS action WHERE {_SENDABLE})",
        _values([kind], destination, key_prefix, accepted),
    ).fetchone()
    return bool(row and row[0])


def _values(kinds: list[str], destination: str, key_prefix: str, accepted: bool) -> dict[str, Any]:
    return {
        "kinds": kinds,
        "destination": destination,
        "prefix": key_prefix,
        "accepted": accepted,
        "most": MOST_ATTEMPTS,
    }


def claim(
    conn: Connection, kinds: list[str], destination: str, key_prefix: str, accepted: bool, tried: list[int]
) -> Action | None:
    """The next action, marked as being sent. Its advisory lock is ours until it is done or we die."""
    values = {
        **_values(kinds, destination, key_prefix, accepted),
        "tried": tried,
        "space": LOCK_SPACE,
    }
    while True:
        with conn.transaction():
            row = conn.execute(
                f"SELECT action_id, pg_try_advisory_lock(%(space)s, action_id::int) FROM ops.action AS action"
                f" WHERE {_SENDABLE} AND NOT action_id = ANY (%(tried)s)"
                " ORDER BY action_id LIMIT 1 FOR UPDATE SKIP LOCKED",
                values,
            ).fetchone()
            if row is None:
                return None
            action_id, is_ours = row
            if is_ours:
                return _mark(conn, action_id)
            tried.append(action_id)


def _mark(conn: Connection, action_id: int) -> Action:
    """A crash left no error behind, an unsure answer says so: either way a copy may be out."""
    with conn.cursor(row_factory=class_row(Action)) as cursor:
        action = cursor.execute(
            """
            UPDATE ops.action
            SET possibly_repeated = possibly_repeated
                    OR (status = 'sending' AND (last_error IS NULL OR starts_with(last_error, %s))),
                status = 'sending', attempts = attempts + 1, sent_at = clock_timestamp(), last_error = NULL
            WHERE action_id = %s
            RETURNING action_id, kind, action_key, destination, payload, as_of_day, attempts, possibly_repeated,
                receipt
            """,
            [UNSURE, action_id],
        ).fetchone()
    assert action is not None
    return action


def record_failure(conn: Connection, action: Action, status: str, error: NightshiftError) -> None:
    """What failed for good was not accepted after all: its receipt goes."""
    text = (UNSURE if isinstance(error, Unsure) else "") + str(error)
    log.warning("%s to %s did not work: %s", action.kind, action.destination, error)
    conn.execute(
        "UPDATE ops.action SET status = %(status)s, last_error = %(error)s,"
        " receipt = CASE WHEN %(status)s <> 'failed' THEN receipt END WHERE action_id = %(action)s",
        {"status": status, "error": text[:1000], "action": action.action_id},
    )


def record(conn: Connection, action: Action, receipt: Receipt) -> None:
    """Confirmed, or accepted: then it keeps its people until it is settled."""
    values = {
        "receipt": Jsonb(dict(receipt.answer)),
        "consent": Jsonb(receipt.consent) if receipt.consent else None,
        "action": action.action_id,
    }
    change = (
        f"status = 'confirmed', confirmed_at = clock_timestamp(), payload = {WITHOUT_PEOPLE}"
        if receipt.is_settled
        else f"last_error = '{ACCEPTED}'"
    )
    conn.execute(
        f"UPDATE ops.action SET {change}, receipt = %(receipt)s, consent = coalesce(%(consent)s, consent)"
        " WHERE action_id = %(action)s",
        values,
    )
