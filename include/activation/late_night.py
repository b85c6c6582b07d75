"""The night is late: one message a day to chat and mailbox, through the same outbox as everything else."""

from collections.abc import Mapping
from datetime import date
from email.message import EmailMessage

from include.activation import ledger
from include.activation.destinations.base import Destination
from include.activation.destinations.slack import Slack
from include.activation.destinations.smtp import Mail
from include.activation.reports import pages
from include.settings import Settings
from include.warehouse.connect import connect

KIND = "late_night"


def sound(
    settings: Settings, day: date, published: date | None, destinations: Mapping[str, Destination]
) -> str:
    """Say once that the marts of `day` are not there; returns the sentence. Wait when nobody could be told."""
    shown = f"those of {published} are shown meanwhile" if published else "nothing has been published yet"
    text = f"The marts of {day} are late: {shown}. `make status` says what is held or failed."
    plans = [
        ledger.Plan(KIND, day.isoformat(), name, destinations[name].mode, {"text": text})
        for name in ("slack", "smtp")
        if name in destinations
    ]
    with connect(settings, "activation") as conn:
        ledger.plan(conn, day, plans)
    sent = ledger.Sent()
    if "slack" in destinations:
        slack = Slack(destinations["slack"])
        sent += ledger.send(
            settings, [KIND], "slack", lambda action: ledger.Receipt(slack.post(action.payload["text"]))
        )
    if "smtp" in destinations:
        mail = Mail(destinations["smtp"])
        sent += ledger.send(
            settings, [KIND], "smtp", lambda action: ledger.Receipt(mail.send(_letter(mail, action)))
        )
    sent.raise_what_is_left()
    return text


def _letter(mail: Mail, action: ledger.Action) -> EmailMessage:
    text = action.payload["text"]
    subject = f"The marts of {pages.day(action.action_key)} are late"
    html = pages.render("late_night.html", title=subject, text=text)
    return mail.compose(ledger.message_id(action), subject, text, html)
