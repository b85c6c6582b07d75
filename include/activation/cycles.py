"""Restock cycles: one open need per SKU and location, however often the forecast moves.

A cycle opens when a need appears and closes when a confirmed order, a receipt or a fall in demand restored the
position clearly above the reorder point; a need that is merely absent for a night keeps its cycle. In between there is one draft and one story, told again only when it gets
worse. A person may snooze a need until a day, or dismiss it; a dismissed need returns when it has become
more severe or half as big again.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation.facts import Row, query

SEVERITIES = ("ok", "due", "late", "out")
GROWN = 1.5
CLEAR_UNITS, CLEAR_SHARE = 1, 0.1
"""How far above the reorder point a position counts as restored: units, or this share of the point if more."""


def follow(conn: Connection, day: date, needs: Iterable[Row], is_stale: bool) -> dict[str, Row]:
    """Bring the cycles in line with today's needs; need_key -> its open cycle (`cycle_id`, `state`, `po_key`...).

    Stale stock opens cycles (better one call too many) but closes none.
    """
    awaiting = {need["need_key"]: bool(need["is_awaiting_approval"]) for need in needs}
    if not is_stale:
        conn.execute(
            """
            UPDATE ops.restock_cycle AS cycle SET state = 'closed', closed_on = %(day)s
            FROM mart.mart_restock_recommendation AS now
            WHERE cycle.state <> 'closed' AND NOT cycle.need_key = ANY (%(needs)s)
              AND now.as_of_day = %(day)s AND cycle.need_key = now.sku || '|' || now.location_id
              AND now.position - now.draft_on_order
                  >= now.reorder_point + greatest(%(units)s, %(share)s * now.reorder_point)
            """,
            {"day": day, "needs": list(awaiting), "units": CLEAR_UNITS, "share": CLEAR_SHARE},
        )
    for need_key, is_waiting in awaiting.items():
        conn.execute(
            """
            INSERT INTO ops.restock_cycle (need_key, opened_on, state) VALUES (%(key)s, %(day)s, %(state)s)
            ON CONFLICT (need_key) WHERE state <> 'closed' DO UPDATE
                SET state = CASE WHEN %(state)s = 'awaiting_approval' THEN %(state)s ELSE restock_cycle.state END
            """,
            {"key": need_key, "day": day, "state": "awaiting_approval" if is_waiting else "open"},
        )
    return open_cycles(conn)


def open_cycles(conn: Connection) -> dict[str, Row]:
    rows = query(conn, "SELECT * FROM ops.restock_cycle WHERE state <> 'closed'")
    return {row["need_key"]: row for row in rows}


def drafted(conn: Connection, need_keys: Iterable[str], po_key: str) -> None:
    """These needs are covered by this draft from now on; one that was withdrawn is forgotten."""
    conn.execute(
        "UPDATE ops.restock_cycle SET po_key = %s, state = 'open' WHERE state <> 'closed' AND need_key = ANY (%s)",
        [po_key, list(need_keys)],
    )


def confirmed(conn: Connection, po_key: str) -> None:
    """The draft exists in the ERP and waits for a person."""
    conn.execute(
        "UPDATE ops.restock_cycle SET state = 'awaiting_approval' WHERE state = 'open' AND po_key = %s",
        [po_key],
    )


def wanted(conn: Connection, day: date, needs: Iterable[Row]) -> list[Row]:
    """The needs nobody has snoozed or dismissed."""
    said = query(
        conn,
        "SELECT DISTINCT ON (need_key) need_key, verdict, until, details FROM ops.action_feedback"
        " WHERE need_key IS NOT NULL ORDER BY need_key, feedback_id DESC",
    )
    verdicts = {row["need_key"]: row for row in said}
    return [need for need in needs if not _is_silenced(need, verdicts.get(need["need_key"]), day)]


def dismiss(conn: Connection, need: Row, reason: str, said_by: str, until: date | None = None) -> None:
    """Silence a need: until a day, or until it changes materially."""
    details = {"severity": need["severity"], "qty": float(need["qty_to_order"] or 0)}
    conn.execute(
        "INSERT INTO ops.action_feedback (need_key, verdict, reason, until, details, said_by)"
        " VALUES (%s, %s, %s, %s, jsonb_build_object('severity', %s::text, 'qty', %s::float8), %s)",
        [
            *(need["need_key"], "snoozed" if until else "dismissed", reason, until),
            *(details["severity"], details["qty"], said_by),
        ],
    )


def _is_silenced(need: Row, said: Mapping[str, Any] | None, day: date) -> bool:
    if said is None:
        return False
    if said["verdict"] == "snoozed":
        return said["until"] is not None and day < said["until"]
    if said["verdict"] != "dismissed":
        return False
    before = said["details"] or {}
    is_worse = rank(need["severity"]) > rank(before.get("severity", "out"))
    is_bigger = float(need["qty_to_order"] or 0) >= GROWN * float(before.get("qty") or 1e12)
    return not (is_worse or is_bigger)


def rank(severity: str | None) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else 0
