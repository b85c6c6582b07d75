"""Restock: one digest per supplier to the chat and the mailbox, and draft purchase orders in the ERP.

A digest is sent when there is news: a need nobody was told of in its cycle, or one that got more severe.
A draft is made once per supplier, location and set of cycles; supplier minimums count over all locations,
an order above the cap waits for a person, and nothing is drafted on stale stock.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import cycles, digest, facts, ledger
from include.activation.destinations.base import Destination
from include.activation.destinations.odoo import Erp, OrderLine
from include.activation.destinations.slack import Slack
from include.activation.destinations.smtp import Mail
from include.activation.facts import Company, Freshness, Row
from include.activation.reports import files, morning
from include.settings import Settings
from include.warehouse.connect import connect

log = logging.getLogger(__name__)

DIGEST, DRAFT = "restock_digest", "restock_draft_po"
RESTS_ON = ("act_restock_order", "mart_restock_recommendation", "fct_inventory_snapshot_daily")
INPUTS = ("orders", "stock", "suppliers", "costs")
LARGEST_ORDER = 25_000.0
"""Money, in the order's currency, above which a draft waits for a person; option `max_order_amount`."""


def run(settings: Settings, day: date, destinations: Mapping[str, Destination]) -> dict[str, Any]:
    """Plan and send what today's needs ask for; counts by name.

    Raises Stop when the marts are of another day, Wait when something could not be sent yet (run again).
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
        summary = _plan(conn, settings, day, destinations)
    sent = _send(settings, destinations)
    morning.write(settings, day)
    ledger.raise_what_waits(sent)
    return {**summary, "sent": sent.confirmed, "failed": sent.failed}


def _plan(
    conn: Connection, settings: Settings, day: date, destinations: Mapping[str, Destination]
) -> dict[str, Any]:
    """Decide, and write the decisions to the ledger; all in the caller's transaction."""
    fresh = facts.freshness(conn, RESTS_ON)
    needs = [need for need in facts.table(conn, "act", "act_restock_order") if need["as_of_day"] == day]
    open_cycles = cycles.follow(conn, day, needs, fresh.is_stale)
    told = _told(conn)
    shown = cycles.wanted(conn, day, needs)
    drafts = 0
    if "odoo" in destinations and not fresh.is_stale:
        drafts = _plan_drafts(conn, day, shown, open_cycles, destinations["odoo"])
    digests = _plan_digests(conn, settings, day, shown, open_cycles, told, destinations, fresh)
    return {
        "needs": len(needs),
        "shown": len(shown),
        "drafts": drafts,
        "digests": digests,
        "stale": fresh.is_stale,
    }


# ---------------------------------------------------------------------------- digests


def _plan_digests(
    conn: Connection,
    settings: Settings,
    day: date,
    needs: list[Row],
    open_cycles: Mapping[str, Row],
    told: set[str],
    destinations: Mapping[str, Destination],
    fresh: Freshness,
) -> int:
    company = facts.company(conn)
    plans = []
    for (supplier_id, supplier), lines in _by_supplier(needs).items():
        files.write(settings, day, f"restock-{digest.slug(supplier)}.csv", digest.buyers_csv(lines))
        stories = {_story(need, open_cycles): need["need_key"] for need in lines}
        news = sorted(stories.keys() - told)
        if news:
            payload = _payload(supplier, lines, {stories[story] for story in news}, news, company, fresh, day)
            key = f"{supplier_id}/{_short(news)}"
            plans += [
                ledger.Plan(DIGEST, key, name, destinations[name].mode, payload)
                for name in ("slack", "smtp")
                if name in destinations
            ]
    return ledger.plan(conn, day, plans)


def _payload(
    supplier: str,
    lines: list[Row],
    new_keys: set[str],
    news: list[str],
    company: Company,
    fresh: Freshness,
    day: date,
) -> dict[str, Any]:
    """Everything the message says, so that a repetition says the same."""
    return {
        "supplier": supplier,
        "day": day.isoformat(),
        "company": company.name,
        "lines": [
            digest.line(need, need["need_key"] in new_keys) for need in sorted(lines, key=digest.urgency)
        ],
        "labels": [label for label in (company.label(INPUTS), fresh.label) if label],
        "stories": news,
    }


def _told(conn: Connection) -> set[str]:
    """Every story that is in a digest already, sent or about to be."""
    rows = facts.query(
        conn,
        "SELECT DISTINCT jsonb_array_elements_text(payload -> 'stories') AS story FROM ops.action"
        " WHERE kind = %s AND status <> 'cancelled' AND (mode <> 'observe' OR attempts > 0)",
        [DIGEST],
    )
    return {row["story"] for row in rows}


def _story(need: Row, open_cycles: Mapping[str, Row]) -> str:
    """What makes a need worth telling once: its cycle and how bad it is."""
    cycle = open_cycles.get(need["need_key"])
    return f"{need['need_key']}#{cycle['cycle_id'] if cycle else 0}#{need['severity']}"


# ---------------------------------------------------------------------------- drafts


def _plan_drafts(
    conn: Connection, day: date, needs: list[Row], open_cycles: Mapping[str, Row], erp: Destination
) -> int:
    undecided = _undecided(conn)
    wanted: dict[tuple[Any, Any], list[Row]] = defaultdict(list)
    for need in needs:
        cycle = open_cycles[need["need_key"]]
        is_free = cycle["po_key"] is None or cycle["po_key"] in undecided
        if is_free and not need["is_awaiting_approval"] and _is_orderable(need):
            wanted[need["erp_supplier_id"], need["erp_location_id"]].append(need)
    plans = []
    for (supplier_id, location_id), lines in sorted(wanted.items(), key=str):
        cycle_ids = sorted(open_cycles[need["need_key"]]["cycle_id"] for need in lines)
        key = f"nightshift/{supplier_id}/{location_id}/{_short(cycle_ids)}"
        cycles.drafted(conn, [need["need_key"] for need in lines], key)
        plans.append(
            ledger.Plan(DRAFT, key, "odoo", _mode(erp, lines), _order(key, supplier_id, location_id, lines))
        )
    ledger.cancel_others(conn, DRAFT, "odoo", [plan.key for plan in plans] + _started(conn))
    return ledger.plan(conn, day, plans)


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
    return {row["action_key"] for row in facts.query(conn, text, [DRAFT])}


def _started(conn: Connection) -> list[str]:
    text = "SELECT action_key FROM ops.action WHERE kind = %s AND attempts > 0"
    return [row["action_key"] for row in facts.query(conn, text, [DRAFT])]


# ---------------------------------------------------------------------------- sending


def _send(settings: Settings, destinations: Mapping[str, Destination]) -> ledger.Sent:
    """Drafts first, so that the digest's readers find them."""
    sent = ledger.Sent()
    if "odoo" in destinations:
        sent += ledger.send(
            settings, [DRAFT], "odoo", lambda action: _draft(settings, destinations["odoo"], action)
        )
    if "slack" in destinations:
        slack = Slack(destinations["slack"])
        sent += ledger.send(
            settings, [DIGEST], "slack", lambda action: ledger.Receipt(slack.post(*digest.chat(action)))
        )
    if "smtp" in destinations:
        mail = Mail(destinations["smtp"])
        sent += ledger.send(
            settings,
            [DIGEST],
            "smtp",
            lambda action: ledger.Receipt(
                mail.send(mail.compose(ledger.message_id(action), *digest.letter(action)))
            ),
        )
    return sent


def _draft(settings: Settings, destination: Destination, action: ledger.Action) -> ledger.Receipt:
    order = action.payload
    lines = [OrderLine(line["product_id"], line["quantity"], line["unit_price"]) for line in order["lines"]]
    erp = Erp(destination)
    receipt = erp.draft(order["x_nightshift_key"], order["supplier_id"], order["location_id"], lines)
    with connect(settings, "activation") as conn:
        cycles.confirmed(conn, order["x_nightshift_key"])
    return ledger.Receipt(receipt)


def _by_supplier(needs: Iterable[Row]) -> dict[tuple[Any, str], list[Row]]:
    suppliers: dict[tuple[Any, str], list[Row]] = defaultdict(list)
    for need in needs:
        suppliers[need["supplier_id"], need["supplier_name"] or "no supplier"].append(need)
    return suppliers


def _short(parts: Iterable[Any]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
