"""What the shop's collections hold: how each is listed, searched and sorted."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from include.sandbox.faces.shopify.connections import Key
from include.sandbox.faces.shopify.search import Field, Search
from include.sandbox.faces.shopify.shop import CustomerState, Shop
from include.sandbox.faces.shopify.values import instant

Sort = Callable[[Any], Any]


@dataclass(frozen=True)
class Collection:
    """`sorts` gives the value each sort key orders by; ids break ties. ID sorts by the id alone."""

    list: Callable[[Shop], Sequence[Any]]
    fields: dict[str, Field]
    sorts: dict[str, Sort]


def _time(name: str) -> Sort:
    read = attrgetter(name)
    return lambda state: instant(read(state))


def _own_id(state: Any) -> Any:
    return state.id


COLLECTIONS = {
    "orders": Collection(
        lambda shop: list(shop.orders.values()),
        {
            "id": Field("number", _own_id),
            "name": Field("word", attrgetter("order.name")),
            "created_at": Field("time", attrgetter("order.created_at")),
            "processed_at": Field("time", attrgetter("order.created_at")),
            "updated_at": Field("time", attrgetter("updated_at")),
            "cancelled_at": Field(
                "time", lambda state: state.order.cancelled_at if state.is_cancelled else None
            ),
            "status": Field("words", lambda state: order_status(state)),
            "financial_status": Field("word", attrgetter("financial_status")),
            "fulfillment_status": Field("word", attrgetter("fulfillment_status")),
            "return_status": Field("word", attrgetter("return_status")),
            "channel": Field("word", attrgetter("order.channel")),
            "test": Field("word", attrgetter("order.test")),
            "customer_id": Field("number", attrgetter("order.customer_id")),
            "discount_code": Field("words", attrgetter("order.discount_codes")),
        },
        {
            "ID": _own_id,
            "UPDATED_AT": _time("updated_at"),
            "CREATED_AT": _time("order.created_at"),
            "PROCESSED_AT": _time("order.created_at"),
        },
    ),
    "customers": Collection(
        lambda shop: list(shop.customers.values()),
        {
            "id": Field("number", _own_id),
            "customer_date": Field("time", attrgetter("customer.created_at")),
            "updated_at": Field("time", attrgetter("updated_at")),
            "email": Field("word", attrgetter("customer.email")),
            "orders_count": Field("number", lambda state: len(state.orders)),
            "tag": Field("words", lambda state: customer_tags(state)),
        },
        {"ID": _own_id, "UPDATED_AT": _time("updated_at"), "CREATED_AT": _time("customer.created_at")},
    ),
    "products": Collection(
        lambda shop: list(shop.products.values()),
        {
            "id": Field("number", _own_id),
            "created_at": Field("time", attrgetter("product.created_at")),
            "updated_at": Field("time", attrgetter("updated_at")),
            "product_type": Field("word", attrgetter("product.product_type")),
            "vendor": Field("word", attrgetter("product.vendor")),
            "title": Field("word", attrgetter("product.title")),
            "status": Field("word", lambda state: "ACTIVE"),
            "sku": Field("words", lambda state: [item.variant.sku for item in state.variants]),
        },
        {
            "ID": _own_id,
            "UPDATED_AT": _time("updated_at"),
            "CREATED_AT": _time("product.created_at"),
            "TITLE": attrgetter("product.title"),
        },
    ),
    "productVariants": Collection(
        lambda shop: list(shop.variants.values()),
        {
            "id": Field("number", _own_id),
            "updated_at": Field("time", attrgetter("updated_at")),
            "product_id": Field("number", attrgetter("product.id")),
            "sku": Field("word", attrgetter("variant.sku")),
        },
        {"ID": _own_id, "POSITION": _own_id, "SKU": attrgetter("variant.sku")},
    ),
    "inventoryItems": Collection(
        lambda shop: sorted(shop.variants.values(), key=attrgetter("variant.inventory_item_id")),
        {
            "id": Field("number", attrgetter("variant.inventory_item_id")),
            "sku": Field("word", attrgetter("variant.sku")),
            "updated_at": Field("time", attrgetter("updated_at")),
        },
        {"ID": attrgetter("variant.inventory_item_id")},
    ),
    "abandonedCheckouts": Collection(
        lambda shop: list(shop.checkouts.values()),
        {
            "id": Field("number", _own_id),
            "created_at": Field("time", attrgetter("checkout.created_at")),
            "updated_at": Field("time", attrgetter("updated_at")),
            "status": Field("word", lambda state: "closed" if state.completed_at else "open"),
            "recovery_state": Field(
                "word", lambda state: "recovered" if state.completed_at else "not_recovered"
            ),
        },
        {"ID": _own_id, "CREATED_AT": _time("checkout.created_at")},
    ),
    "locations": Collection(
        lambda shop: list(shop.locations.values()),
        {"id": Field("number", _own_id), "name": Field("word", attrgetter("name"))},
        {"ID": _own_id, "NAME": attrgetter("name")},
    ),
}


def sort_key(collection: str, name: str) -> Callable[[Any], Key]:
    """The (value, id) a collection is ordered by under a sort key."""
    value = COLLECTIONS[collection].sorts[name]
    return lambda state: (value(state), state.id)


class Finder:
    """Searched and sorted collections of one shop, remembered while pages are turned."""

    def __init__(self, shop: Shop):
        self._shop = shop
        self._lock = threading.Lock()
        self._found: dict[tuple[str, str, str], tuple[list[Any], list[dict[str, str]]]] = {}

    def find(self, collection: str, query: str | None, sort: str) -> tuple[list[Any], list[dict[str, str]]]:
        """The matching records in ascending order, and the search's warnings."""
        asked = (collection, query or "", sort)
        with self._lock:
            if asked not in self._found:
                search = Search(query or "", COLLECTIONS[collection].fields, self._shop.company.timezone)
                records = COLLECTIONS[collection].list(self._shop)
                matching = sorted(filter(search, records), key=sort_key(collection, sort))
                if len(self._found) > 200:
                    self._found.clear()
                self._found[asked] = (matching, search.warnings)
            return self._found[asked]


def customer_tags(state: CustomerState) -> list[str]:
    """'consent-ads' while audience matching is allowed, 'complaint-open' while a case is open."""
    tags = ["complaint-open"] if state.has_open_complaint else []
    return [*tags, "consent-ads"] if state.granted.get("ads", (False, None))[0] else tags


def order_status(state: Any) -> list[str]:
    if state.is_cancelled:
        return ["cancelled", "any"]
    return ["closed", "any"] if state.closed_at else ["open", "any"]
