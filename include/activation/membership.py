"""Who should be in an audience and who is: `ops.audience_member`, one row per person that matters.

`desired` is tonight's wish, `confirmed` what the platform acknowledged, `payload_hash` is set from the moment
a person may be there: whoever is not desired and has one is removed, whatever became of the answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection


@dataclass(frozen=True)
class Difference:
    """Customer keys to remove and to add, each in a stable order (additions: most valuable first)."""

    remove: list[str]
    add: list[str]


def wish(conn: Connection, audience: str, destination: str, desired: list[str], is_stale: bool) -> Difference:
    """Write tonight's wish and return what has to change. Stale sources add nobody."""
    where = [audience, destination]
    conn.execute(
        "UPDATE ops.audience_member SET desired = false, desired_at = now()"
        " WHERE audience = %s AND destination = %s AND desired AND NOT customer_key = ANY (%s)",
        [*where, desired],
    )
    conn.execute(
        "DELETE FROM ops.audience_member"
        " WHERE audience = %s AND destination = %s AND NOT desired AND payload_hash IS NULL",
        where,
    )
    conn.execute(
        """
        INSERT INTO ops.audience_member AS member (audience, destination, customer_key, desired)
        SELECT %s, %s, key, true FROM unnest(%s::text[]) AS key WHERE NOT %s
        ON CONFLICT (audience, destination, customer_key) DO UPDATE SET desired = true, desired_at = now()
            WHERE NOT member.desired
        """,
        [*where, desired, is_stale],
    )
    rows = conn.execute(
        "SELECT customer_key, desired FROM ops.audience_member WHERE audience = %s AND destination = %s"
        " AND (desired <> confirmed OR (NOT desired AND payload_hash IS NOT NULL)) ORDER BY customer_key",
        where,
    ).fetchall()
    wanted = {key for key, is_desired in rows if is_desired}
    add = [] if is_stale else [key for key in desired if key in wanted]
    return Difference([key for key, is_desired in rows if not is_desired], add)


def confirmed_count(conn: Connection, audience: str, destination: str) -> int:
    row = conn.execute(
        "SELECT count(*) FROM ops.audience_member WHERE audience = %s AND destination = %s AND confirmed",
        [audience, destination],
    ).fetchone()
    return row[0] if row else 0


def members(conn: Connection, destination: str) -> dict[str, list[str]]:
    """audience -> everybody who is or may be in it."""
    rows = conn.execute(
        "SELECT audience, array_agg(customer_key ORDER BY customer_key) FROM ops.audience_member"
        " WHERE destination = %s GROUP BY audience",
        [destination],
    ).fetchall()
    return dict(rows)


def may_be_there(conn: Connection, audience: str, destination: str, hashes: dict[str, str]) -> None:
    """Remember, before anything leaves, who is about to be sent (key -> keyed hash of what is sent)."""
    conn.execute(
        "UPDATE ops.audience_member AS member SET payload_hash = sent.hash"
        " FROM unnest(%s::text[], %s::text[]) AS sent (key, hash)"
        " WHERE member.audience = %s AND member.destination = %s AND member.customer_key = sent.key",
        [list(hashes), list(hashes.values()), audience, destination],
    )


def confirm_added(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    conn.execute(
        "UPDATE ops.audience_member SET confirmed = true, confirmed_at = clock_timestamp()"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s)",
        [audience, destination, list(keys)],
    )


def confirm_removed(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    """Gone at the platform: forgotten here, unless wanted again meanwhile."""
    conn.execute(
        "DELETE FROM ops.audience_member"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s) AND NOT desired",
        [audience, destination, list(keys)],
    )
    conn.execute(
        "UPDATE ops.audience_member SET confirmed = false, payload_hash = NULL"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s)",
        [audience, destination, list(keys)],
    )


def turn_away(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    """No longer to be added: consent, suppression or a purchase said so at the last moment."""
    conn.execute(
        "UPDATE ops.audience_member SET desired = false, desired_at = now()"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s)",
        [audience, destination, list(keys)],
    )
