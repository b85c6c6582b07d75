"""People's requests: taken down in pii.request, answered by housekeeping, proven by the audit trail."""

from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from include.errors import Stop
from include.privacy.erase import erase
from include.privacy.keys import normalise_email
from include.privacy.suppression import suppress
from include.settings import Settings
from include.warehouse.connect import connect

KINDS = ("erasure", "opt_out")


def take_request(settings: Settings, kind: str, email: str) -> int:
    """Write a request down; due in 30 days. Returns its number."""
    if kind not in KINDS:
        raise Stop(f"a request is for {' or '.join(KINDS)}, not {kind!r}")
    address = normalise_email(email)
    if not address:
        raise Stop("that is not an e-mail address")
    with connect(settings, "privacy") as conn:
        row = conn.execute(
            "INSERT INTO pii.request (kind, subject) VALUES (%s, %s) RETURNING request_id", [kind, address]
        ).fetchone()
    assert row
    return row[0]


def answer_open(settings: Settings) -> int:
    """Carry out every open request, oldest first; returns how many. A failing one stays open."""
    with connect(settings, "privacy") as conn:
        waiting = conn.execute(
            "SELECT request_id, kind, subject FROM pii.request"
            " WHERE done_at IS NULL AND kind = ANY (%s) ORDER BY request_id",
            [list(KINDS)],
        ).fetchall()
    for request_id, kind, subject in waiting:
        proof = _carry_out(settings, kind, subject)
        with connect(settings, "privacy") as conn:
            conn.execute(
                "UPDATE pii.request SET done_at = now(), subject = NULL, proof = %s WHERE request_id = %s",
                [Jsonb(proof), request_id],
            )
    return len(waiting)


def _carry_out(settings: Settings, kind: str, subject: str) -> dict[str, Any]:
    if kind == "erasure":
        return asdict(erase(settings, subject))
    suppress(settings, subject, "opt_out")
    return {"suppressed": True}
