"""The storefront's company with the orders that make reading hard, and its accounts at every vendor."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from include.privacy.line import Line
from include.privacy.projection import Projection
from include.sandbox import credentials
from include.sandbox.faces import Limits
from include.sandbox.server import Running
from include.sandbox.world.model import OrderLine, Refund, RefundLine, Return, ReturnLine, World
from include.sources import REGISTRY
from include.sources.base import Account
from include.window import Window
from tests.sandbox import browsers, paid_social, seller, storefront, tiny
from tests.sandbox.tiny import at

SECRET = b"0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 3, 10, 4, tzinfo=UTC)
HISTORY = Window(NOW - timedelta(days=60), NOW + timedelta(hours=1))
NUMBERS = ["1Z000000001", "1Z000000002", "1Z000000404"]
VENDORS = ("shopify", "amazon", "google_ads", "meta", "klaviyo", "easypost", "ups", "odoo", "ecb")


def world() -> World:
    """Beside the storefront's orders: #7001 of 65 lines, sent back in one refund of 57 and in four returns."""
    base = seller.world(browsers.world(paid_social.world(storefront.world())))
    lines = [OrderLine(700_100 + n, 101, 2, 1000, 0, 70, 0.07) for n in range(65)]
    back = tuple(RefundLine(700_300 + n, 700_100 + n, 1, 1000, 35, "RETURN", 11) for n in range(57))
    returns = [
        Return(
            700_500 + n,
            at(5),
            at(6),
            tuple(ReturnLine(700_600 + 10 * n + k, 700_100 + n, 1, "OTHER") for k in range(2)),
        )
        for n in range(4)
    ]
    parcel = tiny.parcel(71, at(3), [tiny.scan(at(3, 15), "in_transit")], order_id=7001)
    parcel = replace(parcel, line_quantities={line.id: 2 for line in lines})
    huge = replace(
        tiny.order(7001, at(2), [parcel]),
        lines=lines,
        refunds=[Refund(700_200, at(6), back)],
        returns=returns,
    )
    rates = {NOW.date() - timedelta(days=n): {"USD": Decimal("1.0823")} for n in range(1, 9)}
    return replace(base, orders=[*base.orders, huge], exchange_rates=rates)


@contextmanager
def served(home: Path, limits: Limits | None = None) -> Iterator[Running]:
    """The company behind the four sources' faces; its time is NOW."""
    with tiny.served(home, *VENDORS, of=world(), limits=limits) as running:
        yield running


def account(running: Running, source: str, **more) -> Account:
    """The sandbox's account at a vendor, as a connection would describe it."""
    url = running.url
    given = {
        "shopify": ("tiny.myshopify.com", "/shopify", {"password": credentials.SHOPIFY_TOKEN}, {}),
        "amazon": (
            seller.SELLER,
            "/amazon",
            {
                "login": credentials.AMAZON_CLIENT_ID,
                "password": credentials.AMAZON_CLIENT_SECRET,
                "refresh_token": credentials.AMAZON_REFRESH_TOKEN,
            },
            {"token_url": f"{url}/amazon-auth/o2/token", "marketplace_ids": seller.US, "quota_times": 50},
        ),
        "google_ads": (
            credentials.GOOGLE_ADS_CUSTOMER_ID,
            "/google-ads",
            {
                "login": credentials.GOOGLE_CLIENT_ID,
                "password": credentials.GOOGLE_CLIENT_SECRET,
                "refresh_token": credentials.GOOGLE_REFRESH_TOKEN,
                "developer_token": credentials.GOOGLE_ADS_DEVELOPER_TOKEN,
            },
            {
                "token_url": f"{url}/google-oauth/token",
                "login_customer_id": credentials.GOOGLE_ADS_LOGIN_CUSTOMER_ID,
            },
        ),
        "meta": (
            credentials.META_AD_ACCOUNT_ID,
            "/meta",
            {"password": credentials.META_ACCESS_TOKEN, "app_secret": credentials.META_APP_SECRET},
            {},
        ),
        "klaviyo": (
            "klaviyo",
            "/klaviyo",
            {"password": credentials.KLAVIYO_API_KEY},
            {"requests_per_second": 1000},
        ),
        "easypost": (
            "easypost",
            "/easypost",
            {"password": credentials.EASYPOST_API_KEY},
            {"requests_per_second": 100},
        ),
        "ups": (
            "ups",
            "/ups",
            {"login": credentials.UPS_CLIENT_ID, "password": credentials.UPS_CLIENT_SECRET},
            {"requests_per_second": 1000},
        ),
        "ecb": ("ecb", "/ecb", {}, {}),
        "odoo": (credentials.ODOO_DATABASE, "/odoo", {"password": credentials.ODOO_API_KEY}, {}),
    }
    name, path, secrets, options = given[source]
    return replace(Account(source, name, url + path, secrets, options), **more)


def read(running: Running, source: str, stream: str, window: Window = HISTORY, **more) -> list[Line]:
    """What a stream brings of a window, projected, by scope."""
    asked = account(running, source, **more)
    wanted = REGISTRY[source].stream(stream)
    projection = Projection(wanted, asked, SECRET)
    lines: list[Line] = []
    subjects = [NUMBERS] if wanted.subjects else []
    for page in wanted.pull(REGISTRY[source].connect(asked), window, *subjects):
        if page.scope is not None:
            lines.append(projection.statement(page.scope, page.records))
        else:
            lines.extend(map(projection.record, page.records))
    assert not projection.drift, f"{source} {stream} sends fields nobody listed: {dict(projection.drift)}"
    return sorted(lines, key=lambda line: line.scope)
