"""What every list has in common: page sizes, cursors inside absolute links, sparse fields, order.

A cursor names the last thing that was shown and when it was handed out: it is good for as long as a token is, and a
stale one is refused with a 400.
"""

import base64
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request

from include.sandbox.faces.klaviyo.errors import Refused, invalid

Row = dict[str, Any]
Place = tuple[Any, ...]


@dataclass(frozen=True)
class Asked:
    """A request for a list."""

    request: Request
    base: str
    cursor_seconds: float

    def get(self, name: str) -> str | None:
        return self.request.query_params.get(name)

    def many(self, name: str, allowed: Iterable[str] | None = None) -> list[str]:
        """A comma-separated parameter. Refused when it names something there is not."""
        values = [value for value in (self.get(name) or "").split(",") if value]
        for value in values:
            if allowed is not None and value not in allowed:
                raise invalid(f"'{value}' is not a valid value for {name}.", parameter=name)
        return values

    def size(self, default: int, largest: int) -> int:
        text = self.get("page[size]")
        if text is None:
            return default
        if not text.isdigit() or not 1 <= int(text) <= largest:
            raise invalid(f"Page size must be an integer between 1 and {largest}.", parameter="page[size]")
        return int(text)

    def order(self, allowed: Sequence[str], default: str) -> tuple[str, bool]:
        """(field, whether descending)."""
        text = self.get("sort") or default
        field = text.removeprefix("-")
        if field not in allowed:
            raise invalid(f"'{text}' is not a valid field to sort by.", parameter="sort")
        return field, text.startswith("-")

    @property
    def self_link(self) -> str:
        query = self.request.url.query
        return self.base + self.request.url.path.partition("/api")[2] + (f"?{query}" if query else "")

    def page(self, things: Iterable[Any], size: int, place: Callable[[Any], Place]) -> tuple[list[Any], Row]:
        """The next `size` of the things that come after the cursor, and their links."""
        chosen = list(islice(things, size + 1))
        links = {"self": self.self_link}
        if len(chosen) > size:
            links["next"] = self._next(place(chosen[size - 1]))
        return chosen[:size], links

    def after(self) -> Place | None:
        """The place the cursor names, None on the first page. Refused when it is stale or none of ours."""
        text = self.get("page[cursor]")
        if not text:
            return None
        try:
            issued, *place = orjson.loads(base64.urlsafe_b64decode(text.encode() + b"=="))
        except (ValueError, TypeError):
            raise _bad_cursor() from None
        if time.time() - issued > self.cursor_seconds:
            raise _bad_cursor()
        return tuple(place)

    def _next(self, place: Place) -> str:
        token = base64.urlsafe_b64encode(orjson.dumps([time.time(), *place])).decode().rstrip("=")
        url = self.request.url.include_query_params(**{"page[cursor]": token})
        return self.base + url.path.partition("/api")[2] + f"?{url.query}"


def shown(attributes: Row, fields: Sequence[str]) -> Row:
    """Only the attributes asked for, all when none were; `location.city` asks for a part."""
    if not fields:
        return attributes
    kept: Row = {}
    for field in fields:
        node, target, *rest = attributes, kept, *field.split(".")
        for name in rest[:-1]:
            node, target = node.get(name) or {}, target.setdefault(name, {})
        if rest[-1] in node:
            target[rest[-1]] = node[rest[-1]]
    return kept


def _bad_cursor() -> Refused:
    return invalid("The cursor is invalid or has expired.", parameter="page[cursor]")
