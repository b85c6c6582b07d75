"""An opt-out: suppressed from now on, and written down as a withdrawal of every consent."""

from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from include.errors import Stop
from include.privacy.consent import PURPOSES
from include.privacy.people import everybody_at, known
from include.privacy.subjects import Subject
from include.privacy.suppression import (
    email_hmacs,
    hash_again,
    key_hmacs,
    phone_hmacs,
    remember,
    suppression_keys,
)
from include.settings import Settings


def opt_out(
    conn: Connection, settings: Settings, request_id: int, subject: Subject
) -> tuple[list[str], dict[str, Any]]:
    """Never write to this person again, also when nobody has heard of them yet. Returns their keys and the proof.

    A number that several people share opts out all of them: better one message less.
    """
    secrets = suppression_keys(settings)
    phones = [subject.phone] if subject.phone and not (subject.email or subject.vendor_id) else []
    if phones:
        keys, emails = everybody_at(conn, phones[0]), []
    else:
        who = known(conn, settings, subject)
        keys, emails = list(who.keys), list(who.emails)
    if not (keys or phones):
        raise Stop("nobody is named")
    hmacs = [phone_hmacs(secrets, phone) for phone in phones]
    hmacs += [email_hmacs(secrets, email) for email in emails] + [key_hmacs(secrets, key) for key in keys]
    remember(conn, hmacs, "opt_out")
    people = conn.execute(
        "SELECT customer_key, email, phone, country FROM pii.customer WHERE customer_key = ANY (%s)", [keys]
    ).fetchall()
    hash_again(conn, secrets, people)
    withdrawn = _withdraw(conn, request_id, [key for key, *_ in people])
    conn.execute(
        "INSERT INTO ops.audit (action, object, rows, details) VALUES ('suppress', %s, %s, %s)",
        [str(request_id), len(people), Jsonb({"reason": "opt_out"})],
    )
    return keys, {"suppressed": True, "people": len(people), "consents_withdrawn": withdrawn}


def _withdraw(conn: Connection, request_id: int, keys: list[str]) -> int:
    """Once per request: the next run finds it said."""
    rows = [(key, purpose, request_id) for key in keys for purpose in PURPOSES]
    said = 0
    for key, purpose, number in rows:
        said += conn.execute(
            "INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at, evidence)"
            " SELECT %(key)s, %(purpose)s, false, 'request', %(now)s, %(evidence)s WHERE NOT EXISTS ("
            "  SELECT FROM pii.consent WHERE customer_key = %(key)s AND purpose = %(purpose)s"
            "  AND evidence @> %(evidence)s)",
            {
                "key": key,
                "purpose": purpose,
                "now": datetime.now(UTC),
                "evidence": Jsonb({"request": number}),
            },
        ).rowcount
    return said
