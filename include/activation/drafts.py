"""Draft purchase orders in the ERP: one per supplier, location and set of cycles.

Supplier minimums count over all locations, an order above the cap waits for a person, and nothing is drafted
on stale stock. A draft that somebody deleted or cancelled while its need is open is made anew, under a key
with the next ordinal, once the marts count it no longer: until then the quantity has it taken off.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import cycles, facts, ledger
from include.activation.destinations.base import Destination
from include.activation.destinations.odoo import Erp, OrderLine
from include.activation.facts import Row
from include.activation.outcome import Failure, Sent
from include.errors import NightshiftError, Wait
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

KIND = "restock_draft_po"
LARGEST_ORDER = 25_000.0
"""Money, in the order's currency, above which a draft waits for a person; option `max_order_amount`."""


def withdrawn(settings: Settings, destination: Destination | None) -> tuple[set[str], Sent]:
    """Keys of drafts that were made and are gone or cancelled, while a need of theirs asks for an order.

    An ERP that cannot say leaves them as they are: that is something to be tried again, or for a person.
    """
    if destination is None:
        return set(), Sent()
    with connect(settings, "activation") as conn:
        made = _made(conn)
    if not made:
        return set(), Sent()
    try:
        gone = made - Erp(destination).standing(made)
    except Wait as error:
        return set(), Sent(waiting=1, errors=[str(error)])
    except NightshiftError as error:
        return set(), Sent(failures=[Failure(KIND, destination.name, error)])
    if gone:
        log.info("%s drafts were withdrawn in the ERP while their needs are open", len(gone))
    return gone, Sent()


def plan(
    conn: Connection,
    day: date,
    needs: list[Row],
    open_cycles: Mapping[str, Row],
    erp: Destination,
    withdrawn: set[str],
) -> int:
    """Write what is to be drafted to the ledger, in the caller's transaction; how many are new."""
    free, started = {None, *_undecided(conn), *withdrawn}, _started(conn)
    wanted: dict[tuple[Any, Any], list[Row]] = defaultdict(list)
    for need in needs:
        is_free = open_cycles[need["need_key"]]["po_key"] in free
        if is_free and not need["is_awaiting_approval"] and _is_orderable(need):
            wanted[need["erp_supplier_id"], need["erp_location_id"]].append(need)
    plans = []
    for (supplier_id, location_id), lines in sorted(wanted.items(), key=str):
        cycle_ids = sorted(open_cycles[need["need_key"]]["cycle_id"] for need in lines)
        key = _key(f"nightshift/{supplier_id}/{location_id}/{_short(cycle_ids)}", started)
        cycles.drafted(conn, [need["need_key"] for need in lines], key)
        plans.append(
            ledger.Plan(KIND, key, "odoo", _mode(erp, lines), _order(key, supplier_id, location_id, lines))
        )
    ledger.cancel_others(conn, KIND, "odoo", [one.key for one in plans] + started)
    return ledger.plan(conn, day, plans)


def make(settings: Settings, destination: Destination, action: ledger.Action) -> ledger.Receipt:
    """Put a planned order into the ERP."""
    order = action.payload
    lines = [OrderLine(line["product_id"], line["quantity"], line["unit_price"]) for line in order["lines"]]
    erp = Erp(destination)
    receipt = erp.draft(order["x_nightshift_key"], order["supplier_id"], order["location_id"], lines)
    with connect(settings, "activation") as conn:
        cycles.confirmed(conn, order["x_nightshift_key"])
    return ledger.Receipt(receipt)


def _key(base: str, started: list[str]) -> str:
    """The first of base, base/2, base/3... that was not used in the ERP yet."""
    key, ordinal = base, 1
    while key in started:
        ordinal += 1
        key = f"{base}/{ordinal}"
    return key


def _is_orderable(need: Row) -> bool:
    """An ORDER we can name in the ERP, from a supplier whose minimum today's needs reach together."""
    names = (need["erp_supplier_id"], need["erp_product_id"], need["erp_location_id"])
    return (
        need["advice"] == "ORDER"
        and (need["qty_to_order"] or 0) > 0
        and bool(need["supplier_min_order_met"])
        and all(name is not None for name in names)
    )


def _mode(erp: Destination, lines: Iterable[Row]) -> str:
    """What is worth more than the cap, or nobody knows how much, is for a person to decide."""
    values = [need["order_value_amount"] for need in lines]
    cap = float(erp.options.get("max_order_amount", LARGEST_ORDER))
    is_large = None in values or sum(map(float, values)) > cap
    return "propose" if erp.mode == "act" and is_large else erp.mode


def _order(key: str, supplier_id: Any, location_id: Any, lines: Iterable[Row]) -> dict[str, Any]:
    return {
        "x_nightshift_key": key,
        "supplier_id": int(supplier_id),
        "location_id": int(location_id),
        "lines": [
            {
                "product_id": int(need["erp_product_id"]),
                "sku": need["sku"],
                "quantity": float(need["qty_to_order"]),
                "unit_price": _price(need["unit_cost_amount"]),
            }
            for need in sorted(lines, key=lambda need: need["sku"])
        ],
    }


def _price(amount: Any) -> float | None:
    """None when it is unknown: the ERP then asks its own price list, and orders nothing for 0.00."""
    return float(amount) if amount else None


def _undecided(conn: Connection) -> set[str]:
    """Drafts that were only observed or proposed so far: their needs may still be planned otherwise."""
    text = (
        "SELECT action_key FROM ops.action WHERE kind = %s AND attempts = 0 AND status IN ('proposed', 'cancelled')"
        " AND action_id NOT IN (SELECT action_id FROM ops.action_feedback"
        " WHERE verdict = 'accepted' AND action_id IS NOT NULL)"
    )
    return {row["action_key"] for row in facts.query(conn, text, [KIND])}


def _started(conn: Connection) -> list[str]:
    text = "SELECT action_key FROM ops.action WHERE kind = %s AND attempts > 0"
    return [row["action_key"] for row in facts.query(conn, text, [KIND])]


def _made(conn: Connection) -> set[str]:
    """Confirmed drafts whose cycle still asks for an order that nobody is known to have before them."""
    text = """
        SELECT DISTINCT cycle.po_key
        FROM ops.restock_cycle AS cycle
        JOIN ops.action ON action.kind = %s AND action.action_key = cycle.po_key AND action.status = 'confirmed'
        JOIN act.act_restock_order AS need ON need.need_key = cycle.need_key
        WHERE cycle.state <> 'closed' AND need.advice = 'ORDER' AND need.is_awaiting_approval IS NOT TRUE
    """
    return {row["po_key"] for row in facts.query(conn, text, [KIND])}


def _short(parts: Iterable[Any]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
