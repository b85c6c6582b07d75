"""What a shop is asked for, stream by stream: in pages for a night, by bulk operation for history."""

from collections.abc import Iterator
from datetime import timedelta

from include.errors import Stop
from include.sources.base import Page, Record, usable
from include.sources.shopify import bulk, queries
from include.sources.shopify.client import Shop, by_ids, quoted, updated_in
from include.sources.shopify.orders import complete
from include.window import Window

HISTORY = timedelta(days=3)


def shop(shop: Shop, window: Window) -> Iterator[Page]:
    yield Page([shop.one(queries.SHOP)["shop"]], total=1)


def locations(shop: Shop, window: Window) -> Iterator[Page]:
    for nodes in shop.nodes(queries.LOCATIONS, "locations", 50):
        yield Page(nodes)


def orders(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        result = bulk.run(shop, queries.BULK_ORDERS % quoted(updated_in(window)))
        children = {"LineItem": "lineItems", "Return": "returns"}
        yield from complete(shop, bulk.grouped(shop, result, children), result.roots)
        return
    for nodes in shop.nodes(queries.ORDERS, "orders", 5, search=updated_in(window)):
        yield from complete(shop, nodes)


def products(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_PRODUCTS, window, {"ProductVariant": "variants"})
        return
    for nodes in shop.nodes(queries.PRODUCTS, "products", 12, search=updated_in(window)):
        made, bad = usable(
            "shopify", nodes, lambda product: product | {"variants": {"nodes": _variants(shop, product)}}
        )
        yield Page(made, bad=bad)


def customers(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_CUSTOMERS, window, {})
        return
    for nodes in shop.nodes(queries.CUSTOMERS, "customers", 100, search=updated_in(window)):
        yield Page(nodes)


def checkouts(shop: Shop, window: Window) -> Iterator[Page]:
    if _is_history(window):
        yield from _in_bulk(shop, queries.BULK_CHECKOUTS, window, {"AbandonedCheckoutLineItem": "lineItems"})
        return
    for nodes in shop.nodes(queries.CHECKOUTS, "abandonedCheckouts", 8, search=updated_in(window)):
        made, bad = usable(
            "shopify", nodes, lambda one: one | {"lineItems": {"nodes": _checkout_lines(shop, one)}}
        )
        yield Page(made, bad=bad)


def stock(shop: Shop, window: Window) -> Iterator[Page]:
    """Always in bulk: a page of items and their levels costs as much as a whole catalogue does this way."""
    result = bulk.run(shop, queries.BULK_STOCK)
    for item in bulk.grouped(shop, result, {"InventoryLevel": "inventoryLevels"}):
        named = {"id": item["id"], "sku": item["sku"]}
        levels = item["inventoryLevels"]["nodes"]
        yield Page([{**level, "item": named} for level in levels], total=result.objects - result.roots)


def _is_history(window: Window) -> bool:
    return window.end - window.start > HISTORY


def _in_bulk(shop: Shop, query: str, window: Window, children: dict[str, str]) -> Iterator[Page]:
    result = bulk.run(shop, query % quoted(updated_in(window)))
    for record in bulk.grouped(shop, result, children):
        yield Page([record], total=result.roots)


def _variants(shop: Shop, product: Record) -> list[Record]:
    variants, info = product["variants"]["nodes"], product["variants"]["pageInfo"]
    if not info["hasNextPage"]:
        return variants
    return variants + shop.rest(
        queries.PRODUCT_VARIANTS, "products", product["id"], lambda node: node["variants"], info["endCursor"]
    )


def _checkout_lines(shop: Shop, checkout: Record) -> list[Record]:
    """This connection does not tell whether there is more, so a full one is asked for again, larger."""
    lines = checkout["lineItems"]["nodes"]
    if len(lines) < queries.CHECKOUT_LINES:
        return lines
    found = shop.one(queries.CHECKOUT_ALL_LINES, search=by_ids([checkout["id"]]))["abandonedCheckouts"][
        "nodes"
    ]
    if not found or len(found[0]["lineItems"]["nodes"]) >= 200:
        raise Stop(f"{shop.session.name}: checkout {checkout['id']} has more lines than we can read")
    return found[0]["lineItems"]["nodes"]
