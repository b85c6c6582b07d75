"""The outbox: what was decided to be sent, what became of it, and the proof.

An action is planned in the transaction of the decision that led to it, under a key that says what it is
about; planning it again changes nothing once it was tried. Sending claims one action at a time and says so
in the database before anything leaves, so that whoever comes after a crash knows that a copy may be out.

proposed → sending → confirmed | failed | cancelled. What failed is tried again by the next run, with the
same key. What a receiver has accepted and not settled stays 'sending' with its answer as receipt: it is not sent again
but asked after (`accepted=True`). Only `act` sends by itself; `propose` needs an accepting word from a person;
`observe` never sends.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from include.activation.destinations.base import Unsure
from include.activation.outcome import Failure, Sent
from include.errors import NightshiftError, Wait
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 50
LOCK_SPACE = 1_953_719_669
UNSURE = "unsure: "
ACCEPTED = "accepted, not settled yet"

_ACCEPTED = """EXISTS (
        SELECT FROM ops.action_feedback AS said
        WHERE said.action_id = action.action_id AND said.verdict = 'accepted')"""
_SENDABLE = f"""
    kind = ANY (%(kinds)s) AND destination = %(destination)s AND status IN ('proposed', 'sending', 'failed')
    AND attempts < %(most)s AND starts_with(action_key, %(prefix)s)
    AND (mode = 'act' OR (mode = 'propose' AND {_ACCEPTED})) AND (receipt IS NOT NULL) = %(accepted)s
"""
# What has ended needs nobody's key any more: an erasure finds only what is still to be sent. The hash stays.
_WITHOUT_PEOPLE = """CASE WHEN payload ? 'customer_keys'
        THEN payload - 'customer_keys' || jsonb_build_object('customers', jsonb_array_length(payload -> 'customer_keys'))
        ELSE payload END"""


@dataclass(frozen=True)
class Plan:
    """Something to be done once. `key` is stable, `payload` holds no personal data but customer keys, which go when
    it was confirmed or cancelled."""

    kind: str
    key: str
    destination: str
    mode: str
    payload: Mapping[str, Any]
    cycle: int = 1


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


def plan(conn: Connection, day: date, plans: Iterable[Plan]) -> int:
    """Write plans within the caller's transaction; returns how many are new.

    An untried one is brought up to date, unless a person said yes to it: then it leaves as it was shown.
    """
    new = 0
    for one in plans:
        row = conn.execute(
            f"""
            INSERT INTO ops.action (kind, action_key, cycle, destination, mode, payload, payload_hash, as_of_day)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (kind, destination, action_key) DO UPDATE
                SET mode = excluded.mode, payload = excluded.payload, payload_hash = excluded.payload_hash,
                    as_of_day = excluded.as_of_day, status = 'proposed'
                WHERE action.status = 'cancelled'
                   OR (action.status = 'proposed' AND action.attempts = 0 AND NOT {_ACCEPTED})
            RETURNING xmax = 0
            """,
            [
                one.kind,
                one.key,
                one.cycle,
                one.destination,
                one.mode,
                Jsonb(one.payload),
                _hash(one.payload),
                day,
            ],
        ).fetchone()
        new += bool(row and row[0])
    return new


def cancel_others(conn: Connection, kind: str, destination: str, keep: Iterable[str]) -> int:
    """Cancel what is still open of a kind and is not wanted any more; never what is being sent right now,
    what was accepted or what a person said yes to."""
    return conn.execute(
        f"""
        UPDATE ops.action SET status = 'cancelled', payload = {_WITHOUT_PEOPLE}
        WHERE kind = %s AND destination = %s AND status IN ('proposed', 'failed', 'sending') AND receipt IS NULL
          AND NOT action_key = ANY (%s) AND NOT {_ACCEPTED} AND pg_try_advisory_xact_lock(%s, action_id::int)
        """,
        [kind, destination, list(keep), LOCK_SPACE],
    ).rowcount


def approve(settings: Settings, action_id: int, by: str) -> None:
    """A person's yes to a proposed action; it leaves with the next round of sending."""
    with connect(settings, "activation") as conn:
        conn.execute(
            "INSERT INTO ops.action_feedback (action_id, verdict, said_by) VALUES (%s, 'accepted', %s)",
            [action_id, by],
        )


def send(
    settings: Settings,
    kinds: Iterable[str],
    destination: str,
    deliver: Callable[[Action], Receipt],
    key_prefix: str = "",
    accepted: bool = False,
) -> Sent:
    """Send everything that may leave, oldest first; or, with `accepted`, ask after what was accepted before.
    `deliver` raises Wait, Unsure, or any other NightshiftError."""
    sent, tried = Sent(), [0]
    with connect(settings, "activation", autocommit=True) as conn:
        while action := _claim(conn, list(kinds), destination, key_prefix, accepted, tried):
            tried.append(action.action_id)
            try:
                receipt = deliver(action)
            except Wait as error:
                _record_failure(conn, action, "sending", error)
                sent.waiting += 1
                sent.errors.append(str(error))
            except NightshiftError as error:
                _record_failure(conn, action, "failed", error)
                sent.failures.append(Failure(action.kind, action.destination, error))
            else:
                _record(conn, action, receipt)
                sent.confirmed += receipt.is_settled
                sent.pending += not receipt.is_settled
            finally:
                conn.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, action.action_id])
    return sent


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


def _claim(
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


def _record_failure(conn: Connection, action: Action, status: str, error: NightshiftError) -> None:
    """What failed for good was not accepted after all: its receipt goes."""
    text = (UNSURE if isinstance(error, Unsure) else "") + str(error)
    log.warning("%s to %s did not work: %s", action.kind, action.destination, error)
    conn.execute(
        "UPDATE ops.action SET status = %(status)s, last_error = %(error)s,"
        " receipt = CASE WHEN %(status)s <> 'failed' THEN receipt END WHERE action_id = %(action)s",
        {"status": status, "error": text[:1000], "action": action.action_id},
    )


def _record(conn: Connection, action: Action, receipt: Receipt) -> None:
    """Confirmed, or accepted: then it keeps its people until it is settled."""
    values = {
        "receipt": Jsonb(dict(receipt.answer)),
        "consent": Jsonb(receipt.consent) if receipt.consent else None,
        "action": action.action_id,
    }
    change = (
        f"status = 'confirmed', confirmed_at = clock_timestamp(), payload = {_WITHOUT_PEOPLE}"
        if receipt.is_settled
        else f"last_error = '{ACCEPTED}'"
    )
    conn.execute(
        f"UPDATE ops.action SET {change}, receipt = %(receipt)s, consent = coalesce(%(consent)s, consent)"
        " WHERE action_id = %(action)s",
        values,
    )


def _hash(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


def message_id(action: Action) -> str:
    """The same for every copy of one action's mail."""
    digest = hashlib.sha256(f"{action.kind}/{action.action_key}/{action.destination}".encode()).hexdigest()
    return f"<{digest[:32]}@nightshift>"
