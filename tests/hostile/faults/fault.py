"""One fault, and the simplest ways of spoiling an answer."""

from dataclasses import dataclass
from typing import Any

from tests.hostile.proxy import Spoil, Visit
from tests.hostile.wire import Wire

FOR_EVER = 10**9

PAGE = b"<!doctype html><html><body>We will be right back</body></html>"


@dataclass(frozen=True)
class Fault:
    """`after` so many good answers, so many `times`; `at` is which requests: 'data' or 'grant'."""

    name: str
    spoil: Spoil
    ends: str
    times: int = 1
    after: int = 0
    at: str = "data"

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def status(code: int, body: bytes = b'{"errors": "no"}', **headers: str) -> Spoil:
    return lambda visit: Wire(code, body=body).labelled(**headers)


def real(**changes: Any) -> Spoil:
    return lambda visit: visit.real().but(**changes)


def body(text: bytes, **headers: str) -> Spoil:
    return lambda visit: visit.real().but(status=200, body=text).labelled(**headers)


def repacked(pack: Any, **headers: str) -> Spoil:
    def spoil(visit: Visit) -> Wire:
        wire = visit.real()
        return wire.but(body=pack(wire.body)).labelled(**headers)

    return spoil
