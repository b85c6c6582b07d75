"""Redirects, next pages and files that lead to other hosts."""

from collections.abc import Iterator
from typing import Any

import orjson

from tests.hostile.faults.fault import FOR_EVER, Fault
from tests.hostile.proxy import Spoil, Visit
from tests.hostile.ways import Way
from tests.hostile.wire import Wire

ELSEWHERE = (
    "http://127.0.0.1:{port}/steal", "https://127.0.0.1:{port}/steal", "//127.0.0.1:{port}/steal",
    "http://127.0.0.1:{ours}@127.0.0.1:{port}/steal", "http://user:pass@127.0.0.1:{ours}/steal",
    "http://169.254.169.254/latest/meta-data", "http://[::1]:{port}/steal", "http://localhost:{port}/steal",
    "http://2130706433:{port}/steal", "http:\\\\127.0.0.1:{port}\\steal", "ftp://127.0.0.1:{port}/steal",
    "file:///etc/passwd", "http://[broken", "http://127.0.0.1:99999/", "javascript:alert(1)",
)  # fmt: skip
"""`{port}` is that of a server that must hear nothing, `{ours}` the proxy's own."""


def elsewhere(port: int, way: Way) -> Iterator[Fault]:
    for place in ELSEWHERE:
        for code in (302, 307) if place is ELSEWHERE[0] else (302,):
            yield Fault(f"{code} to {place}", _sent(code, place, port), "error", times=FOR_EVER)
        if way.source == "klaviyo":
            yield Fault(f"next page at {place}", _linked(place, port, "next"), "error", times=FOR_EVER)
        if way.is_file:
            where = "graphql" if way.source == "shopify" else "GET /amazon/reports/2021-06-30/documents"
            yield Fault(f"file at {place}", _linked(place, port, "url"), "error", times=FOR_EVER, at=where)
    yield Fault("302 round and round", lambda v: Wire(302).labelled(Location=v.path), "error", times=FOR_EVER)
    yield Fault("302 without a place", lambda v: Wire(302), "error", times=FOR_EVER)
    if way.source != "ecb":
        yield Fault("307 back to itself once", lambda v: Wire(307).labelled(Location=v.path), "complete")


def _place(place: str, port: int, visit: Visit) -> str:
    return place.format(port=port, ours=visit.proxy.rpartition(":")[2])


def _sent(code: int, place: str, port: int) -> Spoil:
    return lambda visit: Wire(code).labelled(Location=_place(place, port, visit))


def _linked(place: str, port: int, name: str) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=orjson.dumps(_renamed(wire.json(), name, _place(place, port, visit))))

    return spoil


def _renamed(node: Any, name: str, value: str) -> Any:
    """Every text of that name replaced, also an absent next page."""
    if isinstance(node, dict):
        return {k: value if k == name else _renamed(v, name, value) for k, v in node.items()}
    return [_renamed(item, name, value) for item in node] if isinstance(node, list) else node
