"""Mail over SMTP.

A mail server accepts a message once it answered 250; a connection lost just before that answer leaves it
open whether it did. The Message-ID comes from the action's key, so the repeated copy can be told as one.
"""

import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from include.activation.destinations.base import Destination, Unsure
from include.clients.pace import Clock
from include.clients.urls import is_loopback
from include.errors import FixCredentials, Stop, Wait

TIMEOUT = 30


class Mail:
    """A mail server. Host and port come from the base URL; options `from_email`, `to`, `starttls` (default: on
    for other machines), `ssl`."""

    def __init__(self, destination: Destination, clock: Clock | None = None):
        where = urlsplit(
            destination.base_url if "//" in destination.base_url else f"//{destination.base_url}"
        )
        options = destination.options
        self.host = where.hostname or "localhost"
        is_here = is_loopback(self.host)
        self._ssl = bool(options.get("ssl", where.scheme == "smtps"))
        self._starttls = bool(options.get("starttls", not is_here and not self._ssl))
        self.port = where.port or (465 if self._ssl else 587 if not is_here else 25)
        self.sender = str(options.get("from_email") or f"nightshift@{'localhost' if is_here else self.host}")
        self.recipients = _addresses(options.get("to") or self.sender)
        self._login = destination.credentials.get("login"), destination.credentials.get("password")
        self._clock = clock or Clock()
        self._name = destination.name
        if not is_here and not (self._ssl or self._starttls) and self._login[0]:
            raise Stop(f"{self._name} would send a password in the clear: use ssl or starttls")

    def compose(
        self, message_id: str, subject: str, text: str, html: str, files: Sequence[tuple[str, str, str]] = ()
    ) -> EmailMessage:
        """A message with both bodies; `files` are (name, MIME type such as 'text/csv', content)."""
        message = EmailMessage()
        message["Message-ID"] = message_id
        message["From"], message["To"] = self.sender, ", ".join(self.recipients)
        message["Subject"] = " ".join(subject.split())
        message["Date"] = format_datetime(self._clock.now())
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        for name, mime, content in files:
            main, _, sub = mime.partition("/")
            message.add_attachment(content.encode(), maintype=main, subtype=sub, filename=name)
        return message

    def send(self, message: EmailMessage) -> dict[str, Any]:
        """Hand over one message. Wait when refused for now, Unsure when the answer was lost."""
        try:
            with self._connected() as server:
                return self._handed_over(server, message)
        except smtplib.SMTPAuthenticationError:
            raise FixCredentials(f"{self._name}: the mail server refused the login") from None
        except smtplib.SMTPResponseException as error:
            if 400 <= error.smtp_code < 500:
                raise Wait(f"{self._name}: the mail server answered {error.smtp_code}") from None
            raise Stop(f"{self._name}: the mail server answered {error.smtp_code}") from None
        except smtplib.SMTPRecipientsRefused:
            raise Stop(f"{self._name}: the mail server refused the recipients") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Wait(f"{self._name}: no mail server ({type(error).__name__})") from None

    def _handed_over(self, server: smtplib.SMTP, message: EmailMessage) -> dict[str, Any]:
        try:
            refused = server.send_message(message)
        except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError):
            raise Unsure(f"{self._name}: the connection was lost while a mail was handed over") from None
        return {"message_id": message["Message-ID"], "recipients": len(self.recipients) - len(refused)}

    def _connected(self) -> smtplib.SMTP:
        tls = ssl.create_default_context()
        if self._ssl:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=tls)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        try:
            if self._starttls:
                server.starttls(context=tls)
            user, password = self._login
            if user and password:
                server.login(user, password)
        except BaseException:
            server.close()
            raise
        return server


def _addresses(given: Any) -> list[str]:
    parts = given if isinstance(given, list | tuple) else str(given).replace(";", ",").split(",")
    addresses = [parseaddr(str(part))[1] for part in parts]
    if not all(addresses):
        raise Stop("the mail connection's `to` is not a list of addresses")
    return addresses
