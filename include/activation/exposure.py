"""The journal of the holdout: `ops.audience_exposure`, everybody an audience could have had, on which side, since when.

It is written when additions are planned, before the split, for treated and held-out people alike, so that both sides
were chosen by the same rule. A side once noted stays: a person who changes her address, or turns out to be known
already, keeps the side of her oldest entry, and a changed share moves only people nobody has met yet.
"""

from collections.abc import Iterable
from datetime import date

from psycopg import Connection

from include.activation import holdout


def sides(conn: Connection, secret: bytes, keys: Iterable[str]) -> dict[str, bool]:
    """Customer key → whether the person is held out: as noted, else as drawn."""
    keys = list(keys)
    rows = conn.execute(
        "SELECT DISTINCT ON (customer_key) customer_key, is_held_out FROM ops.audience_exposure"
        " WHERE customer_key = ANY (%s) ORDER BY customer_key, first_eligible_on, noted_at, audience",
        [keys],
    ).fetchall()
    noted: dict[str, bool] = dict(rows)
    return {key: noted[key] if key in noted else holdout.is_held_out(secret, key) for key in keys}


def note(conn: Connection, audience: str, day: date, sides: dict[str, bool]) -> None:
    """Write down whoever is eligible for the first time."""
    conn.execute(
        "INSERT INTO ops.audience_exposure (audience, customer_key, is_held_out, first_eligible_on)"
        " SELECT %s, key, is_held_out, %s FROM unnest(%s::text[], %s::bool[]) AS given (key, is_held_out)"
        " ON CONFLICT DO NOTHING",
        [audience, day, list(sides), list(sides.values())],
    )


def follow_people(conn: Connection) -> None:
    """Entries under a key that became somebody's alias move to that person; the oldest of several stays."""
    conn.execute(
        """
        INSERT INTO ops.audience_exposure AS known (audience, customer_key, is_held_out, first_eligible_on, noted_at)
        SELECT DISTINCT ON (old.audience, alias.customer_key)
            old.audience, alias.customer_key, old.is_held_out, old.first_eligible_on, old.noted_at
        FROM ops.audience_exposure AS old
        JOIN ops.customer_alias AS alias ON alias.alias_key = old.customer_key
        ORDER BY old.audience, alias.customer_key, old.first_eligible_on, old.noted_at
        ON CONFLICT (audience, customer_key) DO UPDATE
            SET is_held_out = excluded.is_held_out, first_eligible_on = excluded.first_eligible_on,
                noted_at = excluded.noted_at
            WHERE (excluded.first_eligible_on, excluded.noted_at) < (known.first_eligible_on, known.noted_at)
        """
    )
    conn.execute(
        "DELETE FROM ops.audience_exposure AS old USING ops.customer_alias AS alias"
        " WHERE alias.alias_key = old.customer_key"
    )
