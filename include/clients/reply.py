"""A vendor's answer, and what it is worth: data, another attempt, or the error that says whose turn it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from include.clients import json
from include.clients.pace import Clock, retry_after
from include.errors import FixCredentials, Refused, Stop

_AGAIN = {408, 425, 429, 500, 502, 503, 504}
REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Reply:
    """An answer with its whole body. `json()` decodes it exactly, but for what shall stay `unread`; see
    `include.clients.json`."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    unread: str | None = None

    @cached_property
    def data(self) -> Any:
        """The body decoded; NotJson when it cannot be."""
        return json.loads_unread(self.body, self.unread) if self.unread else json.loads(self.body)

    def json(self) -> Any:
        return self.data


Explain = Callable[[Reply], str]
"""Turns a refused answer into a few safe words."""


class Again(Exception):
    """This attempt failed in a way that another may not. `certain` means the vendor did not act on it."""

    def __init__(self, what: str, after: float | None = None, certain: bool = False):
        super().__init__(what)
        self.after, self.certain = after, certain


class Unsigned(Exception):
    """A 401."""


def judged(where: str, reply: Reply, want_json: bool, explain: Explain, clock: Clock) -> Reply:
    """The reply when it is a good one; the right error when not."""
    status = reply.status
    if 200 <= status < 300:
        if want_json and _looks_like_html(reply):
            raise Again("answered a web page instead of data")
        if want_json:
            try:
                reply.json()
            except json.NotJson:
                raise Again("answered cut or broken JSON") from None
        return reply
    raise refusal(where, reply, explain, clock)


def refusal(where: str, reply: Reply, explain: Explain, clock: Clock) -> Exception:
    """What an answer that is no good one raises."""
    why = _spoken(explain, reply)
    if reply.status in _AGAIN or reply.status >= 500:
        after = retry_after(reply.headers.get("Retry-After"), clock)
        return Again(f"answered {reply.status}{why}", after, certain=reply.status == 429)
    if reply.status == 401:
        return Unsigned()
    if reply.status == 403:
        return FixCredentials(f"{where} answered 403{why}: the account may not do this")
    if reply.status in REDIRECTS:
        return Stop(f"{where} was sent elsewhere ({reply.status}), which we do not follow")
    return Refused(f"{where} answered {reply.status}{why}", reply.status)


def _looks_like_html(reply: Reply) -> bool:
    return "text/html" in reply.headers.get("Content-Type", "").lower() or reply.body[:1] == b"<"


def _spoken(explain: Explain, reply: Reply) -> str:
    try:
        why = explain(reply)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        why = ""
    return f" ({why})" if why else ""
