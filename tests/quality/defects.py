"""Data defects of the kind that really happen, made in what a vendor sends for a night: after HTTP, before our edge.

A defect rewrites the pages of one stream of one account; everything after that is the product's own way.
"""

import copy
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from msgspec import Raw, json

from include.pull import BEGINNING
from include.sources import REGISTRY
from include.sources.base import Page, Stream
from include.window import Window
from tests.flows.company import Company


@dataclass(frozen=True)
class Asked:
    """What a defect may use: the honest pages, the window, and the vendor to ask otherwise."""

    shop: Company
    stream: Stream
    client: Any
    window: Window
    more: tuple[Any, ...]

    def pages(self, window: Window | None = None) -> list[Page]:
        return [_opened(page) for page in self.stream.pull(self.client, window or self.window, *self.more)]

    def all_there_is(self) -> list[Page]:
        """As if every record had been written again tonight."""
        return self.pages(Window(BEGINNING, self.window.end))

    def a_night_late(self) -> list[Page]:
        """What the vendor told, or would have told, the night before."""
        clock, now = self.shop.running.sandbox.clock, self.shop.midnight
        clock.set(now - timedelta(days=1))
        try:
            return self.pages(
                Window(self.window.start - timedelta(days=1), self.window.end - timedelta(days=1))
            )
        finally:
            clock.set(now)

    def of_account(self, number: int) -> list[Page]:
        """The same window of another account of this vendor."""
        source = self.shop.accounts("shopify")[number]
        with REGISTRY["shopify"].opened(source) as client:
            return copy.deepcopy(list(self.stream.pull(client, self.window)))


def _opened(page: Page) -> Page:
    """The page with records that can be changed; some are handed on as they were written."""
    return replace(
        page,
        records=[json.decode(one) if isinstance(one, Raw) else copy.deepcopy(one) for one in page.records],
    )


Change = Callable[[Asked], list[Page]]


@dataclass(frozen=True)
class Defect:
    """`neutralised`: the load repairs it by itself, so that nothing wrong arrives (shown by equal observations)."""

    name: str
    where: str
    change: Change
    account: int = 0
    neutralised: bool = False

    @property
    def source(self) -> str:
        return self.where.split(".")[0]

    @property
    def stream(self) -> str:
        return self.where.split(".")[1]


@contextmanager
def sent(shop: Company, *defects: Defect):
    """While this lasts the vendors send these defects."""
    with pytest.MonkeyPatch.context() as patch:
        for name in {defect.source for defect in defects}:
            source = REGISTRY[name]
            mine = {defect.stream: defect for defect in defects if defect.source == name}
            streams = tuple(
                _spoiled(shop, one, mine[one.name]) if one.name in mine else one for one in source.streams
            )
            patch.setitem(REGISTRY, name, replace(source, streams=streams))
        yield


def _spoiled(shop: Company, stream: Stream, defect: Defect) -> Stream:
    def pull(client: Any, window: Window, *more: Any):
        yield from defect.change(Asked(shop, stream, client, window, more))

    return replace(stream, pull=pull)
