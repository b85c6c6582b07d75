"""An answer that is not the receiver's own is no receipt: whatever stands in between says 200 as well."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from include.activation.destinations.base import Destination, Identity
from include.activation.destinations.klaviyo import Klaviyo
from include.activation.destinations.meta import Meta
from include.activation.destinations.odoo import Erp, OrderLine
from include.errors import Wait
from tests.activation.house import House
from tests.hostile.faults.fault import FOR_EVER
from tests.hostile.faults.receiving import instead
from tests.hostile.proxy import spoiling


@contextmanager
def answering(house: House, name: str, where: str, text: bytes) -> Iterator[Destination]:
    """A destination behind something that answers these requests in its place."""
    with spoiling(house.running.url) as proxy:
        proxy.will(instead(text), where, times=FOR_EVER)
        yield House(replace(house.running, url=proxy.url)).destinations(name)[name]


def test_an_erp_that_does_not_know_its_own_fields_gets_no_order_without_our_key(house):
    with answering(house, "odoo", "fields_get", b"{}") as odoo, pytest.raises(Wait, match="not Odoo's"):
        Erp(odoo).draft("k", 31, 18, [OrderLine(401, 12, 4.0)])
    assert house.sent("purchase-orders") == []


@pytest.mark.parametrize("text", [b"{}", b"null", b'[{"id": 1}]'])
def test_rows_that_are_not_what_was_asked_for_do_not_pass_for_a_draft(house, text):
    with answering(house, "odoo", "search_read", text) as odoo, pytest.raises(Wait, match="not Odoo's"):
        Erp(odoo).draft("k", 31, 18, [OrderLine(401, 12, 4.0)])


@pytest.mark.parametrize("text", [b"{}", b"null", b"[]"])
def test_a_batch_without_a_count_is_not_received(platforms, text):
    with answering(platforms, "meta", "/users", text) as meta, pytest.raises(Wait, match="no receipt"):
        Meta(meta).add(Meta(meta).audience("carts"), [Identity("x", "0" * 64)], "batch")


def test_who_shall_leave_a_list_has_not_left_because_a_page_says_200(platforms):
    people = [Identity("x", email="ann@example.com")]
    klaviyo = Klaviyo(platforms.destinations("klaviyo")["klaviyo"])
    listed = klaviyo.audience("carts")
    answer = klaviyo.add(listed, people, "batch")
    while klaviyo.settled(answer).state == "pending":
        pass
    with answering(platforms, "klaviyo", "DELETE", b"<html>signed in?</html>") as behind:
        behind = Klaviyo(behind)
        with pytest.raises(Wait, match="not Klaviyo's"):
            behind.remove(listed, ["x"], "another batch")
    assert platforms.members("carts", "klaviyo-lists") == {"ann@example.com"}
