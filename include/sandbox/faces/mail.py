"""The mail sink: an SMTP server that keeps every message it accepts.

AUTH is offered and may be left out. A repeated message is kept again, as a mailbox would: the
Message-ID is how a reader (and a test) sees that it is the same one.
"""

import asyncio
import threading
from email import message_from_bytes, policy
from typing import Any
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from include.sandbox import credentials
from include.sandbox.faces import Connection, Sandbox

KIND = "mail"
LARGEST = 25 * 2**20
REFUSALS = {
    "down": "421 4.3.2 Service not available, closing transmission channel",
    "429": "450 4.7.1 Too many messages, slow down",
    "500": "554 5.3.0 Transaction failed",
}


def connections(sandbox: Sandbox) -> list[Connection]:
    """A mailbox of the team; the port is told when the sandbox is ready."""
    domain = sandbox.world.company.shop_domain
    extra = {"from_email": f"nightshift@{domain}", "to": f"team@{domain}", "starttls": False}
    login, password = credentials.SMTP_USER, credentials.SMTP_PASSWORD
    return [Connection("smtp", "", "smtp", login, password, extra, destination=True)]


class Sink:
    """aiosmtpd's handler: what is delivered goes to the sandbox's state."""

    def __init__(self, sandbox: Sandbox):
        self._sandbox = sandbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        fault = self._sandbox.faults.take("mail", "DATA")
        if fault and fault.kind in REFUSALS:
            return REFUSALS[fault.kind]
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        raw = envelope.original_content or b""
        self._sandbox.state.append(KIND, self._kept(envelope, raw))
        if fault and fault.kind in ("reset", "truncate"):
            # Accepted, but the sender never hears of it.
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
        return "250 2.0.0 OK: queued"

    def _kept(self, envelope: Envelope, raw: bytes) -> dict[str, Any]:
        message = message_from_bytes(raw, policy=policy.default)
        body = message.get_body(("html", "plain"))
        return {
            "at": self._sandbox.clock.now().isoformat(),
            "message_id": str(message["Message-ID"] or ""),
            "from": envelope.mail_from,
            "recipients": list(envelope.rcpt_tos),
            "subject": str(message["Subject"] or ""),
            "body": body.get_content() if body else "",
            "attachments": [part.get_filename() for part in message.iter_attachments()],
            "raw": raw.decode("utf-8", "replace"),
        }


class MailServer:
    """A running SMTP server in a thread of its own."""

    def __init__(self, sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1"):
        self._loop = asyncio.new_event_loop()
        self._sink = Sink(sandbox)
        self._sessions: WeakSet[SMTP] = WeakSet()
        listening = self._loop.create_server(self._session, host, port)
        self._server = self._loop.run_until_complete(listening)
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="mail")
        self._thread.start()

    def _session(self) -> SMTP:
        session = SMTP(
            self._sink,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            hostname="sandbox",
            auth_require_tls=False,
            authenticator=_authenticate,
            loop=self._loop,
        )
        self._sessions.add(session)
        return session

    def stop(self) -> None:
        """Close the port, hang up on whoever is connected and end the thread."""
        self._loop.call_soon_threadsafe(self._close)
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._loop.close()

    def _close(self) -> None:
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        self._loop.call_later(0.02, self._loop.stop)


def serve(sandbox: Sandbox, port: int = 0, host: str = "127.0.0.1") -> MailServer:
    """Start the sink; port 0 takes any free one."""
    return MailServer(sandbox, port, host)


def received(sandbox: Sandbox) -> dict[str, list[Any]]:
    """The mails accepted, oldest first."""
    return {"mails": sandbox.state.all(KIND)}


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    wanted = LoginPassword(credentials.SMTP_USER.encode(), credentials.SMTP_PASSWORD.encode())
    return AuthResult(success=data == wanted, handled=False)
