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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.types.json import Jsonb

from include.activation.claims import (
    LOCK_SPACE,
    SAID_YES,
    WITHOUT_PEOPLE,
    Action,
    Receipt,
    claim,
    record,
    record_failure,
)
from include.activation.destinations.base import Unsure
from include.activation.outcome import Failure, Sent, unforeseen
from include.errors import NightshiftError, Wait
from include.settings import Settings
from include.warehouse.connect import connect


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


def plan(conn: Connection, day: date, plans: Iterable[Plan]) -> int:
    """Write plans within the caller's transaction; returns how many are new.

    An untried one is brought up to date, unless a person said yes to it: then it leaves as it was shown. One that was
    tried in vain obeys tonight's mode.
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
                   OR (action.status = 'proposed' AND action.attempts = 0 AND NOT {SAID_YES})
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
        if row is None:
            conn.execute(
                "UPDATE ops.action SET mode = %s WHERE (kind, destination, action_key) = (%s, %s, %s)"
                " AND status IN ('failed', 'sending') AND receipt IS NULL AND mode <> %s",
                [one.mode, one.kind, one.destination, one.key, one.mode],
            )
    return new


def cancel_others(conn: Connection, kind: str, destination: str, keep: Iterable[str]) -> int:
    """Cancel what is still open of a kind and is not wanted any more; never what is being sent right now,
    what was accepted or what a person said yes to."""
    return conn.execute(
        f"""
        UPDATE ops.action SET status = 'cancelled', payload = {WITHOUT_PEOPLE}
        WHERE kind = %s AND destination = %s AND status IN ('proposed', 'failed', 'sending') AND receipt IS NULL
          AND NOT action_key = ANY (%s) AND NOT {SAID_YES} AND pg_try_advisory_xact_lock(%s, action_id::int)
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
    `deliver` raises Wait, Unsure, or any other NightshiftError; a mistake of ours ends its own action only."""
    sent, tried = Sent(), [0]
    with connect(settings, "activation", autocommit=True) as conn:
        while action := claim(conn, list(kinds), destination, key_prefix, accepted, tried):
            tried.append(action.action_id)
            try:
                receipt = deliver(action)
            except Wait as error:
                record_failure(conn, action, "sending", error)
                sent.waiting += 1
                sent.errors.append(str(error))
            except NightshiftError as error:
                record_failure(conn, action, "failed", error)
                sent.failures.append(Failure(action.kind, action.destination, error))
            except OperationalError:
                raise
            except Exception as error:
                stop = unforeseen(f"{action.kind} to {action.destination}", error)
                # Nobody knows whether it left; what was accepted before did, and is sent anew.
                status = "failed" if accepted else "sending"
                record_failure(conn, action, status, Unsure(str(stop)))
                sent.failures.append(Failure(action.kind, action.destination, stop))
            else:
                record(conn, action, receipt)
                sent.confirmed += receipt.is_settled
                sent.pending += not receipt.is_settled
            finally:
                conn.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_SPACE, action.action_id])
    return sent


def _hash(payload: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(payload, sort_keys=True, default=str).encode()).hexdigest()


def message_id(action: Action) -> str:
    """The same for every copy of one action's mail."""
    digest = hashlib.sha256(f"{action.kind}/{action.action_key}/{action.destination}".encode()).hexdigest()
    return f"<{digest[:32]}@nightshift>"
