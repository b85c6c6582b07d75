"""The words of a restock digest: for the chat, for the mailbox and for the buyer's spreadsheet."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from include.activation import safe_csv
from include.activation.destinations.slack import context, escaped, header, section
from include.activation.facts import Row
from include.activation.ledger import Action
from include.activation.reports import pages

LONGEST_CHAT = 12
MARKS = {"out": "🔴", "late": "🟠", "due": "🟡", "ok": "⚪"}
WORDS = {
    "out": "out of stock",
    "late": "late even if ordered today",
    "due": "order by its date",
    "ok": "no hurry",
}
COLUMNS = {
    "sku": "SKU",
    "title": "Title",
    "location_code": "Location",
    "advice": "Advice",
    "severity": "Severity",
    "qty_to_order": "Order (units)",
    "qty_raw": "Needed before MOQ and packs",
    "unit_cost_amount": "Unit price",
    "order_value_amount": "Value",
    "currency": "Currency",
    "latest_order_date": "Order by",
    "stockout_date": "Runs out on",
    "on_hand": "On hand",
    "position": "Position",
    "reorder_point": "Reorder point",
    "days_of_cover": "Days of cover",
    "transfer_from_location_code": "Transfer from",
    "transfer_qty": "Transfer (units)",
    "expedite_po_name": "Hurry order",
    "supplier_min_order_met": "Supplier's minimum met",
    "reason": "Why",
    "is_simulated": "Simulated",
}


def line(need: Row, is_new: bool) -> dict[str, Any]:
    """One need as plain JSON, for the ledger."""
    kept = {key: _plain(need.get(key)) for key in (*COLUMNS, "need_key", "supplier_name")}
    return {**kept, "is_new": is_new, "is_awaiting_approval": bool(need["is_awaiting_approval"])}


def urgency(need: Mapping[str, Any]) -> tuple[Any, ...]:
    """Worst first, then by the date to order by."""
    order = {"out": 0, "late": 1, "due": 2}
    return order.get(need["severity"], 3), str(need["latest_order_date"] or "9999"), need["need_key"]


def chat(action: Action) -> tuple[str, list[dict[str, Any]]]:
    """Text (for notifications) and blocks of a chat message."""
    story = action.payload
    lines = story["lines"]
    title = _title(story)
    blocks = [header(title)]
    blocks += [context(f"*{escaped(label)}*") for label in story["labels"]]
    shown = sorted(lines, key=lambda one: not one["is_new"])[:LONGEST_CHAT]
    blocks += [
        section("\n".join(_chat_line(one) for one in shown[start : start + 6]))
        for start in range(0, len(shown), 6)
    ]
    rest = len(lines) - len(shown)
    more = f"and {rest} more; " if rest else ""
    blocks.append(context(f"{more}everything is in the buyer's CSV of {story['day']}"))
    return title, blocks


def letter(action: Action) -> tuple[str, str, str, list[tuple[str, str, str]]]:
    """Subject, plain text, HTML and files of a mail."""
    story = action.payload
    rows = story["lines"]
    text = "\n".join([*story["labels"], "", *(f"- {_spoken(one)}" for one in rows), ""])
    html = pages.render("digest.html", story=story, title=_title(story), words=WORDS, columns=COLUMNS)
    name = f"restock-{slug(story['supplier'])}-{story['day']}.csv"
    return _title(story), text, html, [(name, "text/csv", buyers_csv(rows))]


def buyers_csv(needs: Iterable[Row]) -> str:
    return safe_csv.written(COLUMNS, sorted(needs, key=urgency))


def slug(name: str) -> str:
    """A supplier's name as part of a file name; what ASCII cannot say is told apart by a hash."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    said = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return said if name.isascii() else f"{said or 'supplier'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def _title(story: dict[str, Any]) -> str:
    new = sum(one["is_new"] for one in story["lines"])
    label = " [SIMULATED]" if any("SIMULATED" in label for label in story["labels"]) else ""
    label += " [STALE]" if any("STALE" in label for label in story["labels"]) else ""
    return f"Restock {story['supplier']}: {new} new of {len(story['lines'])} needs{label}"


def _chat_line(one: dict[str, Any]) -> str:
    new = "*new* " if one["is_new"] else ""
    waiting = " _(draft waits for approval)_" if one["is_awaiting_approval"] else ""
    return f"{MARKS.get(one['severity'], '⚪')} {new}*{escaped(one['sku'])}* {escaped(one['reason'] or '')}{waiting}"


def _spoken(one: dict[str, Any]) -> str:
    new = "NEW " if one["is_new"] else ""
    return f"{new}{one['sku']} at {one['location_code']} ({WORDS.get(one['severity'], '')}): {one['reason']}"


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else float(value)
