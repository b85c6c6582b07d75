"""Slack's incoming webhook.

Nothing marks a repeated message and nothing can be asked back, so a message whose answer was lost may be
read twice: `Unsure` says so, and the ledger remembers it.
"""

from collections.abc import Sequence
from typing import Any

from include.activation.destinations.base import Destination, Unsure
from include.clients.pace import Clock, Rate
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import Wait

MESSAGES_PER_SECOND = 1.0
LONGEST_BLOCK = 2900
ACCEPTED = b"ok"
"""All that Slack says of a message it took."""


class Slack:
    """One webhook: the connection's password is its path (`/services/T/B/X`), or its base URL is the whole."""

    def __init__(self, destination: Destination, clock: Clock | None = None):
        self._path = destination.credentials.get("password", "")
        self._session = Session(
            f"slack {destination.name}",
            destination.base_url,
            rate=Rate(float(destination.options.get("messages_per_second", MESSAGES_PER_SECOND)), burst=3),
            clock=clock,
            plain_http=bool(destination.options.get("allow_http")),
            secrets=tuple(part for part in self._path.split("/")[-3:] if part),
            explain=_explain,
        )

    def post(self, text: str, blocks: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
        """Post one message. Unsure when the answer was lost, or is not Slack's: some proxy's page is no receipt."""
        body = {"text": text, "blocks": list(blocks)} if blocks else {"text": text}
        try:
            reply = self._session.request("POST", self._path, body=body, repeatable=False, want_json=False)
        except Wait as error:
            if "may or may not" in str(error):
                raise Unsure(str(error), error.retry_after) from None
            raise
        if reply.body.strip() != ACCEPTED:
            raise Unsure(
                f"{self._session.name}: the answer was not Slack's; the message may or may not be there"
            )
        return {"answer": ACCEPTED.decode()}


def section(markdown: str) -> dict[str, Any]:
    """A block of text, cut to what Slack takes."""
    text = markdown if len(markdown) <= LONGEST_BLOCK else markdown[: LONGEST_BLOCK - 1] + "…"
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text[:150]}}


def context(markdown: str) -> dict[str, Any]:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": markdown[:LONGEST_BLOCK]}]}


def escaped(text: Any) -> str:
    """Names from outside must not become mentions, links or mark-up."""
    plain = str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return plain.translate({ord(mark): " " for mark in "*_~`\n\r"})


def _explain(reply: Reply) -> str:
    word = reply.body.decode("utf-8", "replace").strip()
    return word if word.isidentifier() else ""
