"""Whom never to write to. The list holds keyed hashes, so it outlives the erasure it remembers.

Its key is not the customer keys' secret. Keys are numbered: `suppression` is version 1, `suppression_2` the
next; new entries use the newest, old entries stay under theirs, so every version still counts.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg import Connection

from include.errors import Stop
from include.privacy.keys import normalise_email, normalise_phone
from include.privacy.outside import write_down
from include.settings import Settings, read_secrets
from include.warehouse.connect import connect

REASONS = ("erased", "opt_out", "complaint", "bounced")


def suppression_keys(settings: Settings) -> tuple[bytes, ...]:
    """Every key there is, oldest first; the version of a key is its place, from 1."""
    known = read_secrets(settings.secrets_file)
    keys = [settings.secret("suppression")]
    while (
        name := f"suppression_{len(keys) + 1}"
    ) in known or f"NIGHTSHIFT_SECRETS_{name.upper()}" in os.environ:
        keys.append(settings.secret(name))
    return tuple(keys)


def email_hmacs(keys: Sequence[bytes], email: str | None) -> list[bytes]:
    """The e-mail under every suppression key; empty when it is no address."""
    address = normalise_email(email)
    return _hmacs(keys, f"email:{address}") if address else []


def key_hmacs(keys: Sequence[bytes], customer_key: str) -> list[bytes]:
    """A customer key under every suppression key: what is left of an erased person in records without e-mail."""
    return _hmacs(keys, f"key:{customer_key}")


def phone_hmacs(keys: Sequence[bytes], phone: str | None, country: str | None = None) -> list[bytes]:
    """A number under every suppression key; empty when it is none."""
    number = normalise_phone(phone, country)
    return _hmacs(keys, f"phone:{number}") if number else []


def record_hmacs(keys: Sequence[bytes], source: str, scope: str) -> list[bytes]:
    """A vendor's record under every suppression key: whoever it was about has been erased."""
    return _hmacs(keys, f"record:{source}:{scope}")


def person_hmacs(keys: Sequence[bytes], person: Mapping[str, Any]) -> list[bytes]:
    """All a vault row may be on the list under. The last is under the newest key, of the e-mail if there is one: what
    somebody said of it follows them to a new address."""
    known = [person.get("alias_key"), person.get("customer_key")]
    found = [digest for key in known if key for digest in key_hmacs(keys, key)]
    numbers = phone_hmacs(keys, person.get("phone"), person.get("country"))
    return [*numbers, *found, *email_hmacs(keys, person.get("email"))]


def suppress(settings: Settings, email: str, reason: str) -> None:
    """Never write to this address again, from the next sending on."""
    address = normalise_email(email)
    if reason not in REASONS:
        raise Stop(f"a person is suppressed because of {', '.join(REASONS)}, not {reason!r}")
    if not address:
        raise Stop("that is not an e-mail address")
    with connect(settings, "privacy") as conn:
        remember(conn, [email_hmacs(suppression_keys(settings), address)], reason)
        conn.execute(
            "INSERT INTO ops.audit (action, details) VALUES ('suppress', jsonb_build_object('reason', %s::text))",
            [reason],
        )
    write_down(settings)


def is_suppressed(settings: Settings, email: str) -> bool:
    """Whether the address is on the list under any key."""
    digests = email_hmacs(suppression_keys(settings), email)
    with connect(settings, "privacy") as conn:
        found = conn.execute("SELECT 1 FROM pii.suppression WHERE hmac = ANY (%s)", [digests]).fetchone()
    return found is not None


def remember(conn: Connection, subjects: Iterable[list[bytes]], reason: str) -> None:
    """Put subjects (each given under every key) on the list under the newest key. Erased outweighs the rest."""
    for digests in subjects:
        conn.execute(
            "INSERT INTO pii.suppression AS known (hmac, key_version, reason) VALUES (%s, %s, %s)"
            " ON CONFLICT (hmac) DO UPDATE SET reason = excluded.reason WHERE known.reason <> 'erased'",
            [digests[-1], len(digests), reason],
        )


def rekey(settings: Settings) -> int:
    """After a new suppression key was added: hash everybody in the vault under it too. Returns how many."""
    keys = suppression_keys(settings)
    with connect(settings, "privacy") as conn:
        people = conn.execute("SELECT customer_key, email, phone, country FROM pii.customer").fetchall()
        hash_again(conn, keys, people)
    return len(people)


def hash_again(conn: Connection, keys: Sequence[bytes], people: Iterable[Sequence[Any]]) -> None:
    """Say anew under what these people (key, e-mail, phone, country) may be on the list."""
    names = ("customer_key", "email", "phone", "country")
    conn.cursor().executemany(
        "UPDATE pii.customer SET suppression_hmacs = %s WHERE customer_key = %s",
        [(person_hmacs(keys, dict(zip(names, person, strict=True))), person[0]) for person in people],
    )


def _hmacs(keys: Sequence[bytes], text: str) -> list[bytes]:
    return [hmac.new(key, text.encode(), hashlib.sha256).digest() for key in keys]
