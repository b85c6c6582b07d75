"""What known people looked at and ordered: events metric by metric, what they are about taken out of their properties."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from include.clients.session import Session
from include.sources.base import Page, Record, usable
from include.sources.klaviyo.client import again_when_expired, pages, second
from include.window import Window

FIELDS = """id
attributes {
  datetime@ value# currency checkout_id order_id items* { product_id variant_id sku quantity# value# }
}
metric { id name }"""
PLACED = "Placed Order"
METRICS = ("Viewed Product", "Added to Cart", "Checkout Started", "Started Checkout", PLACED)
PAGE = 1000
REACH = timedelta(days=7)

NAMES = {
    "product_id": ("ProductID", "Product ID", "AddedItemProductID", "product_id"),
    "variant_id": ("VariantID", "Variant ID", "AddedItemVariantID", "variant_id"),
    "sku": ("SKU", "AddedItemSKU", "sku"),
    "quantity": ("Quantity", "AddedItemQuantity", "quantity"),
    "value": ("line_price",),
}
"""What we call a thing → what it is called in event properties."""
ORDER_ID = ("OrderId", "OrderID", "Order ID", "order_id", "$event_id")
"""What an order placed is known by. Shopify's integration tells it as the event's own id."""


def pull(session: Session, window: Window) -> Iterator[Page]:
    for metric_id, name in _metrics(session).items():
        for piece in window.tiles(REACH):
            yield from again_when_expired(partial(_told, session, metric_id, name, piece))


def _metrics(session: Session) -> dict[str, str]:
    """Id → name of the metrics we read, one per name."""
    found: dict[str, Record] = {}
    for answer in pages(session, "/api/metrics", {}):
        for metric in answer["data"]:
            name = metric["attributes"]["name"]
            if name in METRICS and (name not in found or _is_shopifys(metric)):
                found[name] = metric
    return {metric["id"]: name for name, metric in found.items()}


def _is_shopifys(metric: Record) -> bool:
    return (metric["attributes"].get("integration") or {}).get("name") == "Shopify"


def _told(session: Session, metric_id: str, name: str, window: Window) -> Iterator[Page]:
    between = f"greater-or-equal(datetime,{second(window.start)}),less-than(datetime,{second(window.end)})"
    params = {
        "filter": f'equals(metric_id,"{metric_id}"),{between}',
        "include": "profile",
        "fields[profile]": "email",
        "fields[event]": "datetime,event_properties",
        "sort": "datetime",
        "page[size]": PAGE,
    }
    for answer in pages(session, "/api/events", params):
        people, _ = usable("klaviyo", answer.get("included") or [], _person)
        emails = {one["id"]: one["email"] for one in people}
        known = partial(deed, metric={"id": metric_id, "name": name}, emails=emails)
        made, bad = usable("klaviyo", answer["data"], known)
        yield Page(made, bad=bad)


def _person(one: Record) -> Record:
    """A profile that came along; whoever else came has no e-mail. An event whose person is strange has an id still."""
    return {
        "id": str(one["id"]),
        "email": one["attributes"].get("email") if one["type"] == "profile" else None,
    }


def deed(event: Record, metric: Record, emails: dict[str, str | None]) -> Record:
    """An event with what it is about taken out of its properties. Of an order placed that is its id and value: what
    was in it the shop knows better."""
    properties = event["attributes"].get("event_properties") or {}
    extra = properties.get("$extra") or {}
    is_order = metric["name"] == PLACED
    lines = extra.get("line_items") or properties.get("Items") or []
    items = [_item(line) for line in lines if isinstance(line, dict)] or [_item(properties)]
    who = (event.get("relationships", {}).get("profile", {}).get("data") or {}).get("id")
    return {
        "id": event["id"],
        "attributes": {
            "datetime": event["attributes"].get("datetime"),
            "value": _number(_plain(properties, ("$value", "value"))),
            "currency": _plain(properties, ("$currency_code", "currency", "Currency")),
            "checkout_id": None if is_order else _plain(extra, ("checkout_id", "id", "token")),
            "order_id": _plain(properties, ORDER_ID) if is_order else None,
            "items": [] if is_order else items,
        },
        "metric": metric,
        "profile": {"id": who, "email": emails.get(who)} if who else None,
    }


def _item(properties: Record) -> Record:
    item = {ours: _plain(properties, theirs) for ours, theirs in NAMES.items()}
    return {**item, "quantity": _number(item["quantity"]), "value": _number(item["value"])}


def _plain(properties: Record, names: tuple[str, ...]) -> Any:
    """The first of these properties that is a plain value."""
    for name in names:
        value = properties.get(name)
        if value is not None and not isinstance(value, dict | list):
            return value
    return None


def _number(value: Any) -> Any:
    """A theme may write "$9.99" where a number is due: that is not worth losing the event for."""
    try:
        return value if Decimal(str(value)).is_finite() and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
