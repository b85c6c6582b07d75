"""The tiny company as a shop with a past: refunds, returns, consent, carts; and a way to ask it things."""

from dataclasses import replace
from datetime import date
from typing import Any

import requests

from include.sandbox import credentials
from include.sandbox.server import Running
from include.sandbox.world.model import (
    Checkout,
    CheckoutLine,
    ConsentChange,
    Order,
    OrderLine,
    PriceChange,
    Refund,
    RefundLine,
    Return,
    ReturnLine,
    World,
)
from tests.sandbox import tiny
from tests.sandbox.tiny import NEVADA, OHIO, at

GRAPHQL = "/shopify/admin/api/2026-07/graphql.json"
TOKEN_PATH = "/shopify/admin/oauth/access_token"


def world() -> World:
    """The tiny company plus one order with everything (#6001) and one voided order (#6002)."""
    base = tiny.world()
    customer = replace(
        base.customers[0],
        consents=[
            ConsentChange(at(1), "email", True),
            ConsentChange(at(2), "ads", True),
            ConsentChange(at(12), "ads", False),
        ],
    )
    coffee = replace(base.variants[0], prices=[PriceChange(at(-20), 1250), PriceChange(at(6), 1000)])
    return replace(
        base,
        customers=[customer],
        variants=[coffee, *base.variants[1:]],
        orders=[*base.orders, rich_order(), voided_order()],
        checkouts=[
            Checkout(8001, 1, at(6), at(7), [CheckoutLine(101, 2, 1000), CheckoutLine(102, 1, 700)]),
            Checkout(8002, None, at(6), at(6), [CheckoutLine(101, 1, 1000)], at(15), 5003),
        ],
    )


def rich_order() -> Order:
    """Two lines, a code; one unit back broken, one line cancelled, goodwill, and a later return."""
    lines = [OrderLine(60011, 101, 3, 1000, 300, 189, 0.07), OrderLine(60012, 102, 2, 700, 0, 98, 0.07)]
    parcel = tiny.parcel(61, at(3), [tiny.scan(at(3, 15), "in_transit")], order_id=6001)
    return Order(
        id=6001,
        name="#6001",
        channel="web",
        customer_id=1,
        created_at=at(2),
        paid_at=at(2, 13),
        lines=lines,
        shipping_minor=500,
        shipping_tax_minor=0,
        discount_codes=("SPRING",),
        ship_to=NEVADA,
        utm_source="google",
        utm_medium="cpc",
        utm_campaign="brand",
        promised_on=date(2026, 3, 6),
        refunds=[
            Refund(9001, at(2, 20), (RefundLine(9101, 60012, 1, 700, 49, "CANCEL", None),)),
            Refund(
                9002, at(6), (RefundLine(9102, 60011, 1, 900, 63, "NO_RESTOCK", None),), goodwill_minor=100
            ),
            Refund(9003, at(20), (RefundLine(9103, 60011, 1, 900, 63, "RETURN", 11),)),
        ],
        returns=[
            Return(7001, at(5), at(6), (ReturnLine(7101, 60011, 1, "DEFECTIVE"),)),
            Return(7002, at(9), at(20), (ReturnLine(7102, 60011, 1, "WRONG_ITEM"),)),
        ],
        parcels=[replace(parcel, line_quantities={60011: 3})],
    )


def voided_order() -> Order:
    """Cancelled before it was paid for; shipping to a place only the default location serves."""
    placed = tiny.order(6002, at(4), [], quantity=2, ship_to=OHIO, paid_at=None)
    return replace(placed, cancelled_at=at(5), cancel_reason="DECLINED", customer_id=None, promised_on=None)


class Client:
    """A client of the shop's GraphQL endpoint."""

    def __init__(self, running: Running, token: str = credentials.SHOPIFY_TOKEN):
        self.url = running.url
        self.token = token

    def post(self, document: str, /, **variables: Any) -> requests.Response:
        body = {"query": document, "variables": variables}
        headers = {"X-Shopify-Access-Token": self.token}
        return requests.post(self.url + GRAPHQL, json=body, headers=headers, timeout=30)

    def answer(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer, errors and extensions included."""
        reply = self.post(document, **variables)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def data(self, document: str, /, **variables: Any) -> Any:
        """The data of an answer without errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def control(self, what: str, /, **body: Any) -> requests.Response:
        """Tell the sandbox something: its 'clock', its 'faults'."""
        return requests.post(f"{self.url}/_sandbox/{what}", json=body, timeout=10)

    def order(self, number: int, fields: str) -> dict[str, Any]:
        """One order's fields."""
        query = f'{{ node(id: "gid://shopify/Order/{number}") {{ ... on Order {{ {fields} }} }} }}'
        return self.data(query)["node"]
