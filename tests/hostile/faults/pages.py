"""Pages that repeat, shift or never end, and cursors that expire."""

import re
from collections.abc import Iterator
from typing import Any

import orjson

from tests.hostile.faults.fault import FOR_EVER, Fault, status
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.ways import Way
from tests.hostile.wire import Wire


def again() -> Spoil:
    """The first page in place of every later one."""
    first: list[Wire] = []

    def spoil(visit: Visit) -> Wire:
        if not first:
            first.append(visit.real())
        return first[0]

    return spoil


def shifted() -> Spoil:
    """Each page begins with the last record of the one before, as when somebody inserts meanwhile."""
    last: dict[str, list[Any]] = {}

    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        answer = wire.json()
        records, question = _records(answer), re.sub("&page%5Bcursor%5D=[^&]*", "", visit.path)
        if records is not None:
            newest = records[-1:]
            records[:0] = last.get(question, [])
            last[question] = newest
        return wire.but(body=orjson.dumps(answer))

    return spoil


def _records(node: Any) -> list[Any] | None:
    """The first list of objects with an id that is found, outermost first."""
    if isinstance(node, list):
        return node if node and isinstance(node[0], dict) and {"id", "orderId"} & set(node[0]) else None
    inner = node.values() if isinstance(node, dict) else ()
    return next((found for one in inner if (found := _records(one)) is not None), None)


def pages(way: Way) -> Iterator[Fault]:
    if way.endless is None:
        return
    endless = way.endless
    yield Fault("the same page again and again", again(), "either", times=FOR_EVER)
    yield Fault("pages without an end", _without_end(endless, repeat=False), "error", times=FOR_EVER)
    yield Fault(
        "the same page under ever new names", _without_end(endless, repeat=True), "error", times=FOR_EVER
    )
    yield Fault(
        "the next page is refused",
        status(400, b'{"errors": [{"code": "Invalid"}]}'),
        "error",
        times=FOR_EVER,
        after=1,
    )
    if way.source != "odoo":
        yield Fault("shifting pages", shifted(), "complete", times=FOR_EVER)
    if way.source == "klaviyo":
        dead = b'{"errors": [{"code": "invalid", "source": {"parameter": "page[cursor]"}}]}'
        yield Fault("the cursor expires", status(400, dead), "complete", after=1)
        yield Fault("every cursor expires", status(400, dead), "error", after=1, times=FOR_EVER)


def _without_end(endless: Any, repeat: bool) -> Spoil:
    first: list[Any] = []

    def spoil(visit: Visit) -> Wire:
        wire = visit.real() if not (repeat and first) else first[0]
        if not first and wire.status == 200:
            first.append(wire)
        base = wire if wire.status == 200 else first[0]
        return base.but(body=orjson.dumps(endless(base.json(), visit.number)))

    return spoil
