"""The pages as a source of ours: declared like any vendor, read by the same session, projected, spooled and loaded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from include.clients.session import Session
from include.sources import REGISTRY
from include.sources.base import Account, Page, Person, Source, Stream
from include.window import Window

PLAIN_ORDER = """id name created_at@ updated_at@ processed_at@ cancelled_at@ currency financial_status fulfillment_status
    test? taxes_included? total_price# subtotal_price# total_tax# total_discounts# source_name
    line_items* {
      id product_id variant_id sku title vendor quantity+ price# total_discount# taxable? requires_shipping?
      fulfillment_status discount_allocations* { amount# } properties* { name value }
    }
    shipping_lines* { code title price# } tax_lines* { title price# rate# }"""
ORDER = PLAIN_ORDER + " shipping_address { city province_code country_code }"
"""An order names a person, who becomes a `customer_key`; her address is kept as far as the city."""

UNWANTED = """email browser_ip landing_site note billing_address
    shipping_address { name address1 zip phone }"""
ROW = """id date@ campaign_id campaign_name ad_id placement currency impressions+ clicks+ spend# conversions#
    conversion_value# updated_at@"""


def _connect(account: Account) -> Session:
    return Session(f"bench {account.name}", account.base_url, plain_http=True)


def _reading(kind: str, scoped: bool = False) -> Callable[[Session, Window], Iterator[Page]]:
    def read(session: Session, window: Window) -> Iterator[Page]:
        path = f"/{kind}/0"
        while path:
            answer = session.get(path, unread="data")
            yield Page(answer["data"], scope=answer["scope"] if scoped else None)
            path = answer["next"]

    return read


BENCH = Source(
    "bench",
    "Benchmark",
    (
        Stream(
            "orders", "log", ORDER, _reading("orders"), updated_at="updated_at", unwanted=UNWANTED,
            person=Person("customer", email="email"),
        ),
        Stream("plain_orders", "log", PLAIN_ORDER, _reading("plain_orders"), updated_at="updated_at"),
        Stream("rows", "statement", ROW, _reading("rows", scoped=True)),
        Stream("keyed_rows", "log", ROW, _reading("rows"), updated_at="updated_at"),
    ),
    _connect,
    "",
)  # fmt: skip


@contextmanager
def registered() -> Iterator[None]:
    """Make the source known for a while: the migration creates its tables, `pull` finds its streams."""
    REGISTRY[BENCH.name] = BENCH
    try:
        yield
    finally:
        del REGISTRY[BENCH.name]
