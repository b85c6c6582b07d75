"""Orders that changed in one second, read by our own client: the edge of a page lies between two of them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from math import ceil

import pytest

from include.sandbox.server import Running
from include.sources.shopify import queries
from include.sources.shopify.client import connect, updated_in
from include.window import Window
from tests.sandbox import tiny
from tests.sandbox.tiny import at
from tests.sources.company import account

TIED = 40


@pytest.fixture(scope="module")
def tied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    orders = [tiny.order(7000 + number, at(5), []) for number in range(TIED)]
    world = replace(tiny.world(), orders=[*reversed(orders), tiny.order(6999, at(4), [])])
    with tiny.served(tmp_path_factory.mktemp("shop"), "shopify", of=world) as running:
        yield running


@pytest.mark.parametrize("size", [1, 7, 20, 39])
def test_forty_orders_of_one_second_are_read_once_each(
    tied: Running, monkeypatch: pytest.MonkeyPatch, size: int
):
    monkeypatch.setattr("include.sources.shopify.client.LARGEST_PAGE", size)
    second = updated_in(Window(at(5), at(5) + timedelta(seconds=1)))
    pages = list(connect(account(tied, "shopify")).nodes(queries.ORDERS, "orders", size, search=second))
    numbers = sorted(int(order["id"].rpartition("/")[2]) for page in pages for order in page)
    assert numbers == [7000 + number for number in range(TIED)]
    assert len(pages) == ceil(TIED / size)
