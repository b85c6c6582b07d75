"""Signing in to Klaviyo, and its pages: links that hold everything, with cursors that may expire."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from include.clients.auth import bearer
from include.clients.pace import Rate
from include.clients.pages import by_cursor
from include.clients.reply import Reply
from include.clients.session import Session
from include.errors import FixCredentials, Stop, Wait
from include.sources.base import Account, Page, Record

REVISION = "2026-07-15"
MOST_RESTARTS = 3
REQUESTS_PER_SECOND = 12.5
"""750 a minute, the narrower of the limits of lists and profiles; the option `requests_per_second` says otherwise."""


class CursorExpired(Stop):
    """The next page cannot be asked for any more; the first one can."""


def connect(account: Account) -> Session:
    """A private API key as the password, or `api_key`."""
    key = account.credentials.get("api_key") or account.credentials.get("password")
    if not key:
        raise FixCredentials(f"klaviyo {account.name}: enter a private API key as the connection's password")
    return Session(
        f"klaviyo {account.name}",
        account.base_url,
        signed(key),
        rate=Rate(float(account.options.get("requests_per_second", REQUESTS_PER_SECOND))),
        plain_http=bool(account.options.get("allow_http")),
        explain=explain,
    )


def signed(key: str) -> Any:
    """The headers of every request: the key, the revision we speak, and JSON:API."""
    return bearer(key, "Klaviyo-API-Key", revision=REVISION, Accept="application/vnd.api+json")


def explain(reply: Reply) -> str:
    """The vendor's error code. CursorExpired when it refuses nothing but the cursor."""
    error = reply.json()["errors"][0]
    if reply.status == 400 and (error.get("source") or {}).get("parameter") == "page[cursor]":
        raise CursorExpired("klaviyo no longer knows the cursor it handed out")
    return str(error["code"])


def pages(session: Session, path: str, params: dict[str, Any]) -> Iterator[Record]:
    """Every page of a list, as the vendor sent it: the next one is a link with everything in it."""

    def fetch(link: str | None) -> tuple[list[Record], str | None]:
        answer = session.get(link) if link else session.get(path, params)
        return [answer], (answer.get("links") or {}).get("next")

    for (answer,) in by_cursor(fetch):
        yield answer


def again_when_expired(read: Callable[[], Iterator[Page]]) -> Iterator[Page]:
    """Pages of records without those seen before; begins anew when the cursor expires. Wait when a page brings nothing but
    what the same reading has brought before: then another one is missing."""
    seen: set[str] = set()
    for _ in range(MOST_RESTARTS):
        told: set[str] = set()
        try:
            for page in read():
                names = {str(record["id"]) for record in page.records}
                if names and names <= told:
                    raise Wait("klaviyo answers the same page twice")
                yield replace(page, records=[one for one in page.records if str(one["id"]) not in seen])
                told |= names
                seen |= names
            return
        except CursorExpired:
            continue
    raise Wait(f"klaviyo's cursors expired {MOST_RESTARTS} times before their pages were read")


def second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
