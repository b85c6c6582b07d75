"""Paginators as generators: ask, yield, ask for the next, until the vendor says there is none."""

from collections.abc import Callable, Hashable, Iterator
from operator import itemgetter
from typing import Any, TypeVar

from include.errors import Stop, Wait

Record = dict[str, Any]
Cursor = TypeVar("Cursor", bound=Hashable)

MOST_PAGES = 100_000
"""Beyond so many pages a vendor will never come to an end: a year of a large shop is a tenth of them."""


def by_cursor(fetch: Callable[[Cursor | None], tuple[list[Record], Cursor | None]]) -> Iterator[list[Record]]:
    """Pages of a vendor that hands out the next cursor with each page, None with the last.

    An empty page in the middle is no end: only the missing cursor is. Stop when a cursor comes back a second time, or
    when there is no end; Wait when a page is the one before once more, for then another one is missing.
    """
    cursor: Cursor | None = None
    seen: set[Cursor] = set()
    before: list[Record] = []
    while len(seen) < MOST_PAGES:
        records, cursor = fetch(cursor)
        if records and records == before:
            raise Wait("the vendor answers the same page twice")
        yield records
        if cursor is None:
            return
        if cursor in seen:
            raise Stop("the vendor hands out the same next page again and again")
        seen.add(cursor)
        before = records
    raise Stop(f"the vendor's pages have no end: {MOST_PAGES:,} were read")


def by_key(
    fetch: Callable[[Cursor | None], list[Record]], key: Callable[[Record], Cursor], size: int
) -> Iterator[list[Record]]:
    """Pages of `size` of a vendor that can be asked for what comes after the last record's key.

    The set may change between two pages and nothing is skipped or repeated, unlike with offsets. A page that is not
    full is the last.
    """
    last: Cursor | None = None
    seen: set[Cursor | None] = {None}
    while len(seen) <= MOST_PAGES:
        records = fetch(last)
        if not records:
            return
        last = key(records[-1])
        if last is None:
            raise Stop("the last record of a page lacks its key, so the next page cannot be asked for")
        yield records
        if len(records) < size:
            return
        if last in seen:
            raise Stop("the vendor answers the same page again and again")
        seen.add(last)
    raise Stop(f"the vendor's pages have no end: {MOST_PAGES:,} were read")


def by_last_id(
    fetch: Callable[[str | None], tuple[list[Any], bool]], key: Callable[[Any], str] = itemgetter("id")
) -> Iterator[list[Any]]:
    """Pages of a vendor that lists newest first and takes `before_id`; it says whether it has more. `key` finds the id."""

    def page(before: str | None) -> tuple[list[Any], str | None]:
        records, more = fetch(before)
        if more and not records:
            raise Stop("the vendor says there is more, and sends an empty page")
        return records, key(records[-1]) if more else None

    yield from by_cursor(page)
