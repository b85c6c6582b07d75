"""Warnings of our standing with a marketplace, to the chat: before the marketplace warns us.

A rate is told when it comes near its threshold and again when it breaks it, once in each run of bad days; the nights
between say nothing. The delivery report shows every rate every day.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

from psycopg import Connection

from include.activation import facts, ledger
from include.activation.destinations.base import Destination
from include.activation.destinations.slack import Slack, context, escaped, header, section
from include.activation.facts import Row
from include.activation.ledger import Action, Plan, Receipt
from include.activation.reports import standing
from include.settings import Settings

KIND = "seller_warning"
INPUTS = ("marketplace", "parcels")
MARKS = {"breach": "🔴", "warn": "🟠"}


def plan(conn: Connection, day: date, rows: list[Row], destinations: Mapping[str, Destination]) -> int:
    """One message when a rate has news; returns how many are new. In the caller's transaction."""
    bad = {_story(row): row for row in standing.troubled(rows)}
    news = sorted(bad.keys() - _told(conn))
    if not news or "slack" not in destinations:
        return 0
    fresh = facts.freshness(conn, [standing.MART])
    payload: dict[str, Any] = {
        "day": day.isoformat(),
        "lines": [
            {"status": row["status"], "text": standing.sentence(row), "is_new": story in news}
            for story, row in bad.items()
        ],
        "labels": [label for label in (facts.company(conn).label(INPUTS), fresh.label) if label],
        "stories": news,
    }
    key = hashlib.sha256("\n".join(news).encode()).hexdigest()[:16]
    return ledger.plan(conn, day, [Plan(KIND, key, "slack", destinations["slack"].mode, payload)])


def send(settings: Settings, destinations: Mapping[str, Destination]) -> ledger.Sent:
    """Post what is planned."""
    if "slack" not in destinations:
        return ledger.Sent()
    slack = Slack(destinations["slack"])
    return ledger.send(settings, [KIND], "slack", lambda action: Receipt(slack.post(*chat(action))))


def chat(action: Action) -> tuple[str, list[dict[str, Any]]]:
    """Text (for notifications) and blocks of the message."""
    story = action.payload
    broken = sum(line["status"] == "breach" for line in story["lines"])
    near = len(story["lines"]) - broken
    parts = [f"{broken} broken"] if broken else []
    parts += [f"{near} near the limit"] if near else []
    label = "".join(f" [{label.partition(':')[0]}]" for label in story["labels"])
    title = f"Marketplace rates: {', '.join(parts)}{label}"
    blocks = [header(title), *(context(f"*{escaped(label)}*") for label in story["labels"])]
    blocks.append(section("\n".join(_line(line) for line in story["lines"])))
    blocks.append(context(f"all rates are in the delivery report of {story['day']}"))
    return title, blocks


def _line(line: dict[str, Any]) -> str:
    new = "*new* " if line["is_new"] else ""
    return f"{MARKS[line['status']]} {new}{escaped(line['text'])}"


def _story(row: Row) -> str:
    """What makes a rate worth telling once: how bad it is, in this run of bad days."""
    return f"{row['store_id']}/{row['metric']}#{row['status']}#{row['since']}"


def _told(conn: Connection) -> set[str]:
    """Every story that is in a message already, sent or about to be."""
    rows = facts.query(
        conn,
        "SELECT DISTINCT jsonb_array_elements_text(payload -> 'stories') AS story FROM ops.action"
        " WHERE kind = %s AND status <> 'cancelled' AND (mode <> 'observe' OR attempts > 0)",
        [KIND],
    )
    return {row["story"] for row in rows}
