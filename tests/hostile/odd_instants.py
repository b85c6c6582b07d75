"""Vendors that tell of instants nobody expects, and that are instants all the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
from starlette.types import ASGIApp

from include.sandbox import server
from tests.privacy.canaries import Canaries, Planting

INSTANTS = (
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "2024-02-29", "2026-03-29 02:30:00", "2026-03-09T12:00:00-15:59",
    "1969-12-31T23:59:59Z", "2038-01-19T03:14:08Z",
)  # fmt: skip
ODD = {"Product": ("createdAt", "publishedAt"), "Customer": ("createdAt",)}
"""Of every fourth of them these fields; no window is chosen by them, and no figure of the morning rests on them."""


class Oddly(Planting):
    """Rewrites JSON answers as canaries are planted."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, Canaries())
        self._instants = cycle(INSTANTS)

    def _plant(self, node: Any) -> None:
        for item in node if isinstance(node, list) else ():
            self._plant(item)
        if not isinstance(node, dict):
            return
        kind, _, number = str(node.get("id")).removeprefix("gid://shopify/").partition("/")
        for name in ODD.get(kind, ()):
            if name in node and number.isdigit() and int(number) % 4 == 0:
                node[name] = next(self._instants)
        for value in node.values():
            self._plant(value)


@contextmanager
def oddly_told() -> Iterator[None]:
    """A sandbox that is served from now on tells of such instants."""
    plain = server.create_app
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "create_app", lambda *given: Oddly(plain(*given)))
        yield
