"""Who should be in an audience and who is: `ops.audience_member`, one row per person that matters.

`desired` is tonight's wish, `confirmed` what the platform acknowledged, `payload_hash` is set from the moment
a person may be there: whoever is not desired and has one is removed, whatever became of the answer. Where the platform
keeps no id of ours, `pii.audience_handle` holds what will remove the person, until that is done.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import Connection

KIND = "audience_batch"


@dataclass(frozen=True)
class Difference:
    """Customer keys to remove and to add, each in a stable order (additions: most valuable first)."""

    remove: list[str]
    add: list[str]


def wish(conn: Connection, audience: str, destination: str, desired: list[str], is_stale: bool) -> Difference:
    """Write tonight's wish and return what has to change. Stale sources add nobody; who is on the way there or back
    is waited for."""
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
    moving = in_flight(conn, audience, destination)
    wanted = {key for key, is_desired in rows if is_desired} - moving["add"] - moving["remove"]
    add = [] if is_stale else [key for key in desired if key in wanted]
    remove = [key for key, is_desired in rows if not is_desired and key not in moving["remove"]]
    return Difference(remove, add)


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


def still_wanted(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> set[str]:
    """Those tonight's wish still holds for, locked: a batch may be older than the wish. Nobody else may be sent, for
    without a row here nobody would ever be removed."""
    rows = conn.execute(
        "SELECT customer_key FROM ops.audience_member"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s) AND desired FOR UPDATE",
        [audience, destination, list(keys)],
    ).fetchall()
    return {key for (key,) in rows}


def may_be_there(
    conn: Connection, audience: str, destination: str, hashes: dict[str, str], handles: dict[str, str]
) -> None:
    """Remember, before anything leaves, who is about to be sent (key -> keyed hash of what is sent), and the handles
    that will remove them where these cannot be made again."""
    conn.execute(
        "INSERT INTO pii.audience_handle (destination, customer_key, handle)"
        " SELECT %s, key, handle FROM unnest(%s::text[], %s::text[]) AS sent (key, handle) ON CONFLICT DO NOTHING",
        [destination, list(handles), list(handles.values())],
    )
    conn.execute(
        "UPDATE ops.audience_member AS member SET payload_hash = sent.hash"
        " FROM unnest(%s::text[], %s::text[]) AS sent (key, hash)"
        " WHERE member.audience = %s AND member.destination = %s AND member.customer_key = sent.key",
        [list(hashes), list(hashes.values()), audience, destination],
    )


def confirm_added(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    """Those of a batch who were sent: who was turned away at the last moment was not."""
    conn.execute(
        "UPDATE ops.audience_member SET confirmed = true, confirmed_at = clock_timestamp()"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s) AND payload_hash IS NOT NULL",
        [audience, destination, list(keys)],
    )


def confirm_removed(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    """Gone at the platform: forgotten here, unless wanted again meanwhile. Whom an addition may still bring back,
    accepted or with its answer lost, stays unwanted, to be removed once more."""
    coming = in_flight(conn, audience, destination, or_lost=True)["add"]
    gone = [key for key in keys if key not in coming]
    conn.execute(
        "DELETE FROM ops.audience_member"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s) AND NOT desired",
        [audience, destination, gone],
    )
    conn.execute(
        "UPDATE ops.audience_member SET confirmed = false, payload_hash = NULL"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s)",
        [audience, destination, gone],
    )
    conn.execute(
        "DELETE FROM pii.audience_handle AS kept WHERE destination = %s AND customer_key = ANY (%s)"
        " AND NOT EXISTS (SELECT FROM ops.audience_member AS member WHERE member.payload_hash IS NOT NULL"
        "  AND (member.destination, member.customer_key) = (kept.destination, kept.customer_key))",
        [destination, gone],
    )


def handles(conn: Connection, destination: str, keys: Iterable[str]) -> dict[str, list[str]]:
    """Customer key -> what was sent of the person, where that is what removes them."""
    rows = conn.execute(
        "SELECT customer_key, array_agg(handle ORDER BY handle) FROM pii.audience_handle"
        " WHERE destination = %s AND customer_key = ANY (%s) GROUP BY customer_key",
        [destination, list(keys)],
    ).fetchall()
    return dict(rows)


def in_flight(
    conn: Connection, audience: str, destination: str, or_lost: bool = False
) -> dict[str, set[str]]:
    """'add' and 'remove' -> the people of batches the platform has accepted and not settled; with `or_lost` also of
    those it may have accepted."""
    rows = conn.execute(
        "SELECT payload ->> 'operation', key FROM ops.action"
        " CROSS JOIN LATERAL jsonb_array_elements_text(payload -> 'customer_keys') AS key"
        " WHERE kind = %s AND destination = %s AND status = 'sending' AND (receipt IS NOT NULL OR %s)"
        " AND payload ->> 'audience' = %s",
        [KIND, destination, or_lost, audience],
    ).fetchall()
    return {name: {key for operation, key in rows if operation == name} for name in ("add", "remove")}


def turn_away(conn: Connection, audience: str, destination: str, keys: Iterable[str]) -> None:
    """No longer to be added: consent, suppression or a purchase said so at the last moment."""
    conn.execute(
        "UPDATE ops.audience_member SET desired = false, desired_at = now()"
        " WHERE audience = %s AND destination = %s AND customer_key = ANY (%s)",
        [audience, destination, list(keys)],
    )
