"""The eleven ways in which the nine vendors are read, each with small pages so that there are several."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from include.sandbox.server import Running
from include.settings import Settings
from include.sources import REGISTRY
from include.sources.base import Account
from include.sources.shopify.client import Shop
from include.window import Window
from tests.hostile.proxy import Proxy
from tests.sandbox.tiny import at
from tests.sources import company
from tests.sources.company import HISTORY, NOW

Endless = Callable[[Any, int], Any]
"""A page's JSON and the visit's number → a page that is never the last."""


@dataclass(frozen=True)
class Way:
    """`data` matches the requests that bring records, `grant` those that sign in. `signs_in`: a refused token can be
    renewed. `small` are page sizes by dotted name."""

    name: str
    source: str
    stream: str
    data: str
    window: Window = HISTORY
    grant: str | None = None
    signs_in: bool = False
    small: dict[str, int] = field(default_factory=dict)
    endless: Endless | None = None
    is_json: bool = True
    is_file: bool = False

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    def account(self, running: Running, proxy: Proxy) -> Account:
        """The sandbox's account, asked through the proxy."""
        return company.account(_Behind(proxy.url), self.source)  # type: ignore[arg-type]

    def prepare(self, patch: pytest.MonkeyPatch) -> None:
        for name, size in self.small.items():
            patch.setattr(name, size)
        if self.source == "shopify":
            patch.setattr(Shop, "nodes", _in_twos(Shop.nodes))
        if self.source == "ups":
            numbers = "SELECT unnest(ARRAY['1Z000000001', '1Z000000002'])"
            stream = REGISTRY["ups"].stream(self.stream)
            patch.setitem(
                REGISTRY, "ups", replace(REGISTRY["ups"], streams=(replace(stream, subjects=numbers),))
            )


@dataclass(frozen=True)
class _Behind:
    url: str


def _in_twos(nodes: Callable[..., Any]) -> Callable[..., Any]:
    def read(shop: Shop, query: str, root: str, size: int, **variables: Any) -> Any:
        return nodes(shop, query, root, min(size, 2), **variables)

    return read


# ---------------------------------------------------------------------------- pages without an end


def _shopify(page: Any, number: int) -> Any:
    for connection in (page.get("data") or {}).values():
        if isinstance(connection, dict) and "pageInfo" in connection:
            connection["pageInfo"] = {"hasNextPage": True, "endCursor": f"more-{number}"}
    return page


def _amazon(page: Any, number: int) -> Any:
    return {**page, "pagination": {"nextToken": f"more-{number}"}}


def _easypost(page: Any, number: int) -> Any:
    return {**page, "trackers": [{"id": f"trk_{number:032x}"}], "has_more": True}


def _odoo(page: Any, number: int) -> Any:
    return [{"id": 10**6 + 2 * number + n, "write_date": "2026-03-09 00:00:00"} for n in range(2)]


def _meta(page: Any, number: int) -> Any:
    return {**page, "paging": {"next": "https://graph.facebook.com/", "cursors": {"after": f"more-{number}"}}}


def _klaviyo(page: Any, number: int) -> Any:
    link = page["links"]["self"]
    return {**page, "links": {**page["links"], "next": f"{link}&page%5Bcursor%5D=more-{number}"}}


WEEKS = Window(NOW - timedelta(days=20), NOW)

WAYS = (
    Way(
        "shopify", "shopify", "orders", "POST /shopify/admin/api", Window(at(7), at(10)),
        small={"include.sources.shopify.client.LARGEST_PAGE": 2}, endless=_shopify,
    ),
    Way("shopify history", "shopify", "orders", "GET /shopify/_storage", is_json=False, is_file=True),
    Way(
        "amazon", "amazon", "orders", "GET /amazon/orders", WEEKS, grant="/amazon-auth/", signs_in=True,
        small={"include.sources.amazon.orders.PAGE_SIZE": 2}, endless=_amazon,
    ),
    Way("amazon returns", "amazon", "returns", "GET /amazon/documents/", WEEKS, grant="/amazon-auth/", is_json=False, is_file=True),
    Way("google ads", "google_ads", "campaigns_daily", "searchStream", WEEKS, grant="/google-oauth/", signs_in=True),
    Way(
        "easypost", "easypost", "trackers", "/easypost/v2/trackers", WEEKS,
        small={"include.sources.easypost.PAGE_SIZE": 1}, endless=_easypost,
    ),
    Way("ups", "ups", "tracking", "/ups/api/track", grant="/ups/security/", signs_in=True),
    Way("odoo", "odoo", "stock_moves", "search_read", small={"include.sources.odoo.PAGE_SIZE": 2}, endless=_odoo),
    Way("ecb", "ecb", "rates", "GET /ecb/", is_json=False),
    Way("meta", "meta", "campaigns_daily", "/insights", WEEKS, small={"include.sources.meta.PAGE": 2}, endless=_meta),
    Way(
        "klaviyo", "klaviyo", "events", "/klaviyo/api/events", Window(at(4), at(10)),
        small={"include.sources.klaviyo.events.PAGE": 2}, endless=_klaviyo,
    ),
)  # fmt: skip


def secrets_of(account: Account) -> list[str]:
    """What no message may hold."""
    return [value for value in account.credentials.values() if len(value) > 6]


def wipe(settings: Settings, look: Connection) -> None:
    """Nothing was ever loaded. `look` is a superuser's connection: emptying a few small tables row by row costs a thirtieth
    of truncating all."""
    names = look.execute(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'raw'"
        " OR (schemaname, tablename) IN (('ops', 'cursor'), ('pii', 'customer'), ('ops', 'touched'))"
    ).fetchall()
    with look.transaction():
        look.execute("SET LOCAL session_replication_role = replica")  # in any order
        look.execute("; ".join(f"DELETE FROM {name}" for (name,) in names))
    shutil.rmtree(settings.home / "lake", ignore_errors=True)
