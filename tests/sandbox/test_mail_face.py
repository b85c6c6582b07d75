"""The mail sink, spoken to by the standard library."""

import smtplib
from email.message import EmailMessage

import pytest
import requests

from include.sandbox import credentials
from include.sandbox.faults import Fault
from tests.sandbox.tiny import served


def mail(number: int = 1) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "night@shop.example", "buyer@shop.example, ops@shop.example"
    message["Subject"], message["Message-ID"] = "Bestellung für März", f"<restock-{number}@nightshift>"
    message.set_content("Plain words.")
    message.add_alternative("<h1>Grüße</h1>", subtype="html")
    message.add_attachment("sku,units\n", subtype="csv", filename="order.csv")
    return message


def send(running, message: EmailMessage, login: tuple[str, str] | None = None) -> None:
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=5) as server:
        if login:
            server.login(*login)
        server.send_message(message)


def mails(running) -> list[dict]:
    return requests.get(f"{running.url}/_sandbox/mails", timeout=5).json()


@pytest.fixture
def running(tmp_path):
    with served(tmp_path, "mail") as running:
        yield running


def test_a_mail_is_kept_whole(running):
    send(running, mail())
    [kept] = mails(running)
    assert kept["message_id"] == "<restock-1@nightshift>"
    assert kept["subject"] == "Bestellung für März"
    assert kept["recipients"] == ["buyer@shop.example", "ops@shop.example"]
    assert "Grüße" in kept["body"]
    assert kept["attachments"] == ["order.csv"]
    assert "Message-ID: <restock-1@nightshift>" in kept["raw"]


def test_mails_survive_a_restart_and_repeats_are_kept(tmp_path):
    with served(tmp_path, "mail") as running:
        send(running, mail())
    with served(tmp_path, "mail") as running:
        send(running, mail())
        assert [kept["message_id"] for kept in mails(running)] == ["<restock-1@nightshift>"] * 2


def test_login_is_optional_but_checked(running):
    send(running, mail(), login=(credentials.SMTP_USER, credentials.SMTP_PASSWORD))
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(running, mail(), login=(credentials.SMTP_USER, "wrong"))


def test_an_outage_refuses_and_then_passes(running):
    running.sandbox.faults.inject(Fault("mail", "429", times=1))
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(running, mail())
    assert refused.value.smtp_code == 450
    send(running, mail())
    assert len(mails(running)) == 1


def test_a_connection_lost_after_acceptance_leaves_the_mail_there(running):
    running.sandbox.faults.inject(Fault("mail", "reset", times=1))
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(running, mail())
    assert len(mails(running)) == 1
