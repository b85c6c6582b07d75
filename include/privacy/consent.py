"""Who said yes to what. Append-only, newest statement wins, a tie and silence mean no."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect

PURPOSES = ("email", "sms", "ads")


@dataclass(frozen=True)
class Contact:
    """A consenting, unsuppressed person's addresses and the statement that allows using them."""

    customer_key: str
    email: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    country: str | None
    consent_at: datetime
    consent_source: str


def record_consent(
    settings: Settings,
    customer_key: str,
    purpose: str,
    granted: bool,
    source: str,
    effective_at: datetime,
    evidence: dict[str, Any] | None = None,
) -> None:
    """Add one statement; saying the same again adds nothing."""
    if purpose not in PURPOSES:
        raise Stop(f"consent is given for {', '.join(PURPOSES)}, not {purpose!r}")
    with connect(settings, "privacy") as conn:
        conn.execute(
            "INSERT INTO pii.consent (customer_key, purpose, granted, source, effective_at, evidence)"
            " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            [customer_key, purpose, granted, source, effective_at, Jsonb(evidence)],
        )


def contacts(settings: Settings, keys: Iterable[str], purpose: str) -> list[Contact]:
    """The addresses of those among `keys` whom we may write to for `purpose`, at this moment.

    The only way from a customer key to an address; call it right before sending and keep nothing of it.
    """
    if purpose not in PURPOSES:
        raise Stop(f"contacts are asked for {', '.join(PURPOSES)}, not {purpose!r}")
    with connect(settings, "activation") as conn:
        rows = conn.execute(
            "SELECT customer_key, email, phone, country, consent_at, consent_source"
            " FROM pii.contacts(%s, %s) ORDER BY customer_key",
            [sorted(set(keys)), purpose],
        ).fetchall()
    return [Contact(*row) for row in rows]
