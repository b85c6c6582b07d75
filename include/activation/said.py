"""What a person says to planned actions: yes to one that waits for it, no to a need that is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from include.activation import cycles, ledger
from include.activation.claims import SAID_YES
from include.activation.facts import Row, query
from include.errors import Stop
from include.settings import Settings
from include.warehouse.connect import connect


@dataclass(frozen=True)
class Waiting:
    """A proposed action that nothing but a person's yes keeps from leaving."""

    action_id: int
    kind: str
    destination: str
    as_of_day: date
    payload: Mapping[str, Any]

    @property
    def about(self) -> str:
        """What would leave, in a few words and without anybody's key."""
        lines = self.payload.get("lines")
        if lines:
            prices = [line["unit_price"] for line in lines]
            worth = "a price nobody knows"
            if None not in prices:
                worth = f"{sum(line['quantity'] * line['unit_price'] for line in lines):,.2f}"
            shown = ", ".join(f"{line['quantity']:g} {line['sku']}" for line in lines[:3])
            return f"order {shown}{' …' if len(lines) > 3 else ''} for {worth}"
        if people := self.payload.get("customer_keys"):
            return f"{self.payload.get('operation', 'add')} {len(people)} people"
        return str(self.payload.get("text") or "a message")[:80]


def waiting(settings: Settings) -> list[Waiting]:
    """Everything that waits for a yes, oldest first."""
    with connect(settings, "activation") as conn, conn.cursor(row_factory=class_row(Waiting)) as cursor:
        return cursor.execute(
            "SELECT action_id, kind, destination, as_of_day, payload FROM ops.action AS action"
            f" WHERE mode = 'propose' AND status IN ('proposed', 'failed') AND NOT {SAID_YES} ORDER BY action_id"
        ).fetchall()


def approve(settings: Settings, action_id: int, by: str) -> Waiting:
    """Say yes to one of them. Raises Stop when it does not wait for anybody."""
    found = next((one for one in waiting(settings) if one.action_id == action_id), None)
    if found is None:
        raise Stop(f"action {action_id} does not wait for a yes: `make approve` lists those that do")
    ledger.approve(settings, action_id, by)
    return found


def dismiss(settings: Settings, sku: str, place: str, reason: str, by: str, until: date | None = None) -> Row:
    """Silence today's need of a SKU at a location (its id or code): until a day, or until it changes materially.

    Returns the need. Raises Stop when there is none.
    """
    with connect(settings, "activation") as conn:
        need = _need(conn, sku, place)
        cycles.dismiss(conn, need, reason, by, until)
    return need


def _need(conn: Connection, sku: str, place: str) -> Row:
    found = query(
        conn,
        "SELECT need_key, location_code, severity, qty_to_order FROM act.act_restock_order WHERE sku = %s",
        [sku],
    )
    here = [need for need in found if place in (need["location_code"], need["need_key"].partition("|")[2])]
    if not here:
        known = ", ".join(sorted(str(need["location_code"]) for need in found)) or "no place"
        raise Stop(f"{sku} needs nothing at {place}; it needs something at {known}")
    return here[0]
