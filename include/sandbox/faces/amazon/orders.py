"""Orders 2026-01-01: searchOrders and getOrder.

Quirks kept: exactly one of createdAfter and lastUpdatedAfter; both ends of a range belong to it; datasets come only
when asked for; packages only for orders the merchant ships; an order older than two years does not exist.
"""

from datetime import datetime, timedelta
from typing import Any

from include.sandbox.faces import Sandbox
from include.sandbox.faces.amazon.asked import Asked
from include.sandbox.faces.amazon.errors import invalid, not_found
from include.sandbox.faces.amazon.order_datasets import DATASETS, Datasets, changed_at, status
from include.sandbox.faces.amazon.pages import seal, unseal
from include.sandbox.world.model import Marketplace

STATUSES = frozenset(
    [
        "PENDING_AVAILABILITY",
        "PENDING",
        "UNSHIPPED",
        "PARTIALLY_SHIPPED",
        "SHIPPED",
        "CANCELLED",
        "UNFULFILLABLE",
    ]
)
LARGEST_PAGE = 100
TOKEN_SECONDS = 24 * 3600.0
TWO_YEARS = timedelta(days=730)


class Orders:
    """The marketplace's orders as they are at the company's present."""

    def __init__(self, sandbox: Sandbox, market: Marketplace):
        self._sandbox, self._market = sandbox, market
        self._by_id = {order.id: order for order in market.orders}
        self._datasets = Datasets(sandbox, market)
        self._sorted: tuple[datetime | None, str, list[tuple[datetime, str]]] = (None, "", [])

    def search(self, asked: Asked) -> dict[str, Any]:
        """A page of orders, oldest change first."""
        by, start, end = _range(asked)
        included = frozenset(asked.words("includedData", DATASETS))
        statuses, by_whom = asked.words("fulfillmentStatuses", STATUSES), asked.words("fulfilledBy")
        marketplaces = asked.words("marketplaceIds", most=50)
        size = asked.number("maxResultsPerPage", 1, LARGEST_PAGE, LARGEST_PAGE)
        token, query = asked.text("paginationToken"), asked.query("paginationToken")
        after = tuple(unseal(token, query, "paginationToken")) if token else None
        now = self._now()
        page: list[tuple[str, str]] = []
        orders: list[dict[str, Any]] = []
        for moment, order_id in self._listed(by, now):
            place = (moment.isoformat(), order_id)
            if not start <= moment <= end or (after and place <= after):
                continue
            order = self._by_id[order_id]
            if statuses and status(order, now) not in statuses:
                continue
            if (by_whom and order.fulfilled_by not in by_whom) or not self._is_sold_in(marketplaces):
                continue
            if len(orders) == size:
                return _page(asked, orders, seal(page[-1], query, TOKEN_SECONDS))
            page.append(place)
            orders.append(self._datasets.of(order, now, included))
        return _page(asked, orders, None)

    def one(self, order_id: str, asked: Asked) -> dict[str, Any]:
        order, now = self._by_id.get(order_id), self._now()
        if order is None or order.created_at > now:
            raise not_found(f"Order {order_id}")
        included = frozenset(asked.words("includedData", DATASETS))
        return {"order": self._datasets.of(order, now, included)}

    def _now(self) -> datetime:
        return self._sandbox.clock.now()

    def _is_sold_in(self, marketplaces: list[str]) -> bool:
        return not marketplaces or self._market.marketplace_id in marketplaces

    def _listed(self, by: str, now: datetime) -> list[tuple[datetime, str]]:
        """Orders there are, by creation or by last change: sorted once for each present."""
        if self._sorted[:2] != (now, by):
            moment = (lambda order: order.created_at) if by == "created" else (lambda o: changed_at(o, now))
            there = [order for order in self._market.orders if now - TWO_YEARS <= order.created_at <= now]
            self._sorted = (now, by, sorted((moment(order), order.id) for order in there))
        return self._sorted[2]


def _range(asked: Asked) -> tuple[str, datetime, datetime]:
    created, updated = asked.past("createdAfter"), asked.past("lastUpdatedAfter")
    created_end, updated_end = asked.past("createdBefore"), asked.past("lastUpdatedBefore")
    if (created is None) == (updated is None):
        raise invalid("Provide exactly one of createdAfter and lastUpdatedAfter.")
    if (created and updated_end) or (updated and created_end):
        raise invalid("createdAfter and lastUpdatedAfter cannot be combined.")
    start, end = (created or updated, created_end or updated_end)
    assert start is not None
    if end is not None and end < start:
        raise invalid("The end of the range lies before its start.")
    return ("created" if created else "updated"), start, end or asked.wall


def _page(asked: Asked, orders: list[dict[str, Any]], token: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"orders": orders}
    for name in ("createdBefore", "lastUpdatedBefore"):
        if asked.text(name):
            told[name] = asked.text(name)
    if token:
        told["pagination"] = {"nextToken": token}
    return told
