"""Pages of a list by cursor, as Relay has it."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError

LARGEST_PAGE = 250

Key = tuple[Any, int]


@dataclass(frozen=True, slots=True)
class Page:
    """What a connection resolves to."""

    nodes: Sequence[Any]
    has_next: bool
    end_cursor: str | None


def page(
    items: Sequence[Any],
    key: Callable[[Any], Key],
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    reverse: bool = False,
) -> Page:
    """The page asked for of `items`, which are in ascending order of `key` (value, id).

    A cursor names the last item's value and id, so a page starts after it whatever happened to the
    list in between, and items that share a value are neither lost nor repeated.
    """
    if first is None and last is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if (first or last or 0) > LARGEST_PAGE:
        raise GraphQLError(f"{'first' if first else 'last'} cannot exceed {LARGEST_PAGE}")
    ordered = list(reversed(items)) if reverse else items
    start = _position(ordered, key, after, reverse, past=True) if after else 0
    end = _position(ordered, key, before, reverse, past=False) if before else len(ordered)
    if first is not None:
        end, has_next = min(start + first, end), start + first < end
    else:
        start, has_next = max(start, end - (last or 0)), end < len(ordered)
    nodes = ordered[start:end]
    return Page(nodes, has_next, cursor(key(nodes[-1])) if nodes else None)


def cursor(key: Key) -> str:
    """Opaque to clients; Shopify's holds the same two things."""
    value, number = key
    return base64.b64encode(json.dumps({"last_id": number, "last_value": value}).encode()).decode()


def _position(
    items: Sequence[Any], key: Callable[[Any], Key], text: str, reverse: bool, *, past: bool
) -> int:
    """The index of the first item at or (`past`) behind the cursor."""
    wanted = _decode(text)
    low, high = 0, len(items)
    while low < high:
        middle = (low + high) // 2
        found = key(items[middle])
        is_before = found > wanted if reverse else found < wanted
        if is_before or (past and found == wanted):
            low = middle + 1
        else:
            high = middle
    return low


def _decode(text: str) -> Key:
    try:
        content = json.loads(base64.b64decode(text, validate=True))
        return content["last_value"], content["last_id"]
    except (ValueError, KeyError, TypeError) as reason:
        raise GraphQLError(f"Invalid cursor for current pagination sort: {text}.") from reason
