"""Delivery reports: carriers, warehouses, suppliers and our standing with marketplaces, written and mailed.

The report never refuses: what rests on streams that did not arrive is written all the same, marked STALE.
It is mailed once per day; a mail whose answer was lost may come twice, with the same Message-ID. Rates near a
marketplace's threshold are told to the chat as well, once.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from include.activation import facts, ledger, safe_csv, seller
from include.activation.destinations.base import Destination
from include.activation.destinations.smtp import Mail
from include.activation.reports import delivery, files, morning, pages, standing
from include.activation.reports.delivery import Report
from include.settings import Settings
from include.warehouse.connect import connect

KIND = "sla_report"
LATE_COLUMNS = {
    "order_name": "Order",
    "carrier": "Carrier",
    "service": "Service",
    "tracking_code": "Tracking code",
    "promised_date": "Promised",
    "days_late": "Days late",
    "status": "Status",
    "claim_status": "Claim",
    "claim_type": "Claim for",
    "claim_amount": "Amount",
    "currency": "Currency",
    "claim_file_by_date": "File by",
    "claim_reason": "Why",
}
TODAY_COLUMNS = {
    "location_code": "Location",
    "kind": "What",
    "order_name": "Order",
    "carrier": "Carrier",
    "tracking_code": "Tracking code",
    "ship_by_at": "Ship by (UTC)",
    "hours_overdue": "Hours overdue",
    "reason": "Why",
}


def run(settings: Settings, day: date, destinations: Mapping[str, Destination]) -> dict[str, Any]:
    """Write HOME/reports/<day>/sla.html and its CSVs, and mail it; counts by name.

    Raises Stop when the marts are of another day, Wait when the mail could not be sent yet (run again).
    """
    with connect(settings, "activation") as conn:
        facts.check_day(conn, day)
        report = delivery.read(conn, day)
        files.write(settings, day, "sla.html", pages.render("sla.html", report=report))
        files.write(settings, day, "late-parcels.csv", safe_csv.written(LATE_COLUMNS, report.all_late))
        files.write(settings, day, "ship-today.csv", safe_csv.written(TODAY_COLUMNS, report.all_today))
        if "smtp" in destinations:
            plan = ledger.Plan(KIND, day.isoformat(), "smtp", destinations["smtp"].mode, _story(report))
            ledger.plan(conn, day, [plan])
        seller.plan(conn, day, report.rates, destinations)
    sent = seller.send(settings, destinations)
    if "smtp" in destinations:
        mail = Mail(destinations["smtp"])
        sent += ledger.send(settings, [KIND], "smtp", lambda action: _mailed(settings, mail, action))
    morning.write(settings, day)
    sent.raise_what_is_left()
    return {**report.counts(), "sent": sent.confirmed, "failed": sent.failed}


def _story(report: Report) -> dict[str, Any]:
    """What the mail says; the report itself is attached from its file."""
    return {
        "company": report.company.name,
        "labels": [label for label in report.labels if label],
        "tiles": report.tiles,
        "breached": [row["name"] for row in report.services if row["verdict"] == "breached"],
        "warnings": [standing.sentence(row) for row in standing.troubled(report.rates)],
        "claims": [
            {
                "carrier": row["carrier"],
                "tracking_code": row["tracking_code"],
                "type": row["claim_type"],
                "amount": pages.money(row["claim_amount"], row["currency"]),
                "file_by": row["claim_file_by_date"].isoformat() if row["claim_file_by_date"] else None,
            }
            for row in report.late[:8]
            if row["claim_status"] == "claimable"
        ],
    }


def _mailed(settings: Settings, mail: Mail, action: ledger.Action) -> ledger.Receipt:
    story, day = action.payload, action.as_of_day
    labels = "".join(f" [{label.partition(':')[0]}]" for label in story["labels"])
    title = f"Delivery report {pages.day(day)}{labels}"
    lines = [*story["labels"], *(f"{tile['name']}: {tile['value']}" for tile in story["tiles"])]
    if story["breached"]:
        lines.append(f"Breached: {', '.join(story['breached'])}")
    lines += story.get("warnings", [])
    html = pages.render("sla_mail.html", story=story, title=title)
    # A mail of an earlier night may outlive its report, or have been planned on another machine.
    page = files.folder(settings, day) / "sla.html"
    attached = []
    if page.exists():
        attached = [(f"delivery-report-{day}.html", "text/html", page.read_text(encoding="utf-8"))]
    return ledger.Receipt(
        mail.send(mail.compose(ledger.message_id(action), title, "\n".join(lines), html, attached))
    )
