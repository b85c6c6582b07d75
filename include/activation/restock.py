"""Restock: one digest per supplier to the chat and the mailbox, and draft purchase orders in the ERP.

A digest is sent when there is news: a need nobody was told of in its cycle, or one that got more severe.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import cycles, digest, drafts, facts, ledger
from include.activation.destinations.base import Destination
from include.activation.destinations.slack import Slack
from include.activation.destinations.smtp import Mail
from include.activation.facts import Company, Freshness, Row
from include.activation.reports import cautions, files, morning
from include.settings import Settings
from include.warehouse.connect import connect

DIGEST = "restock_digest"
RESTS_ON = ("act_restock_order", "mart_restock_recommendation", "fct_inventory_snapshot_daily")
INPUTS = ("orders", "stock", "suppliers", "costs")


def run(settings: Settings, day: date, destinations: Mapping[str, Destination]) -> dict[str, Any]:
    """Plan and send what today's needs ask for; counts by name.

    Raises Stop when the marts are of another day, Wait when something could not be sent yet (run again), and
    FixCredentials or Stop when something needs a person; always after everything else was tried.
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
    withdrawn, asked = drafts.withdrawn(settings, destinations.get("odoo"))
    with connect(settings, "activation") as conn:
        summary = _plan(conn, settings, day, destinations, withdrawn)
    sent = asked + _send(settings, destinations)
    morning.write(settings, day)
    sent.raise_what_is_left()
    return {**summary, "sent": sent.confirmed, "failed": sent.failed}


def _plan(
    conn: Connection,
    settings: Settings,
    day: date,
    destinations: Mapping[str, Destination],
    withdrawn: set[str],
) -> dict[str, Any]:
    """Decide, and write the decisions to the ledger; all in the caller's transaction."""
    fresh = facts.freshness(conn, RESTS_ON)
    needs = [need for need in facts.table(conn, "act", "act_restock_order") if need["as_of_day"] == day]
    open_cycles = cycles.follow(conn, day, needs, fresh.is_stale)
    told = _told(conn)
    shown = cycles.wanted(conn, day, needs)
    drafted = 0
    if "odoo" in destinations and not fresh.is_stale:
        drafted = drafts.plan(conn, day, shown, open_cycles, destinations["odoo"], withdrawn)
    digests = _plan_digests(conn, settings, day, shown, open_cycles, told, destinations, fresh)
    return {
        "needs": len(needs),
        "shown": len(shown),
        "drafts": drafted,
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
    labels = [company.label(INPUTS), fresh.label, *cautions.unmapped_units(conn)]
    plans = []
    for (supplier_id, supplier), lines in _by_supplier(needs).items():
        files.write(settings, day, f"restock-{digest.slug(supplier)}.csv", digest.buyers_csv(lines))
        stories = {_story(need, open_cycles): need["need_key"] for need in lines}
        news = sorted(stories.keys() - told)
        if news:
            payload = _payload(
                supplier, lines, {stories[story] for story in news}, news, labels, company, day
            )
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
    labels: list[str | None],
    company: Company,
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
        "labels": [label for label in labels if label],
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


# ---------------------------------------------------------------------------- sending


def _send(settings: Settings, destinations: Mapping[str, Destination]) -> ledger.Sent:
    """Drafts first, so that the digest's readers find them."""
    sent = ledger.Sent()
    if "odoo" in destinations:
        sent += ledger.send(
            settings,
            [drafts.KIND],
            "odoo",
            lambda action: drafts.make(settings, destinations["odoo"], action),
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


def _by_supplier(needs: Iterable[Row]) -> dict[tuple[Any, str], list[Row]]:
    suppliers: dict[tuple[Any, str], list[Row]] = defaultdict(list)
    for need in needs:
        suppliers[need["supplier_id"], need["supplier_name"] or "no supplier"].append(need)
    return suppliers


def _short(parts: Iterable[Any]) -> str:
    return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]
